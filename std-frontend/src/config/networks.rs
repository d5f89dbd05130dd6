//! The value of `allow`: a network, or a list of them.

use serde::de::SeqAccess;

use super::error::ConfigProblem;
use super::value::{self, Value};
use super::yaml::{At, Place, Reader, Setting};
use crate::access::IpNet;

const KEY: &str = "allow";

/// Most networks accepted. Aliases can make a small file mean a large list.
const MAX_NETWORKS: usize = 256;
const TOO_MANY: &str = "at most 256 networks";
const _: () = assert!(MAX_NETWORKS == 256);

const ONE: Setting<IpNet> = Setting {
    key: KEY,
    expected: value::NETWORK,
    read: value::network,
    secret: false,
};

fn expected(expected: &'static str, found: &str) -> ConfigProblem {
    ConfigProblem::Value {
        key: Some(KEY),
        expected,
        found: found.into(),
    }
}

/// The whole value.
pub(super) struct Networks;

impl Place for Networks {
    type Out = Vec<IpNet>;

    fn key(&self) -> Option<&'static str> {
        Some(KEY)
    }

    fn value(self, value: Value) -> Result<Self::Out, ConfigProblem> {
        ONE.value(value).map(|network| vec![network])
    }

    fn list<'de, A: SeqAccess<'de>>(self, reader: &Reader, mut items: A) -> Result<Self::Out, A::Error> {
        let mut networks = Vec::new();
        while let Some(network) = items.next_element_seed(At { reader, place: ONE })? {
            if networks.len() == MAX_NETWORKS {
                return Err(reader.refuse(expected(TOO_MANY, "more")));
            }
            networks.push(network);
        }
        if networks.is_empty() {
            // Nobody, or everybody? Whoever wants the latter leaves the key out.
            return Err(reader.refuse(expected(value::NETWORK, "an empty list")));
        }
        Ok(networks)
    }
}
