//! All that a start has to know.

use dapstub::config::Config;

use crate::access::Access;
use crate::config::Settings;
use crate::stage::Patience;

/// All that a start has to know. Made from a [`Config`] alone, or from the [`Settings`] of a configuration file.
///
/// ```
/// use dapstub_std::access::Access;
/// use dapstub_std::{Config, Setup};
///
/// let access = Access::default().with_token("correct horse battery")?;
/// let setup = Setup { access, ..Setup::from(Config::default()) };
/// assert!(setup.access.evaluate);
/// # Ok::<(), dapstub_std::access::TokenError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// Where to listen, and whether the program is held.
    pub config: Config,
    /// Who may debug, and how far.
    pub access: Access,
    /// How long peers may take.
    pub patience: Patience,
    /// What descendants of this process are told when they begin: the host's own matter.
    pub luggage: String,
}

impl From<Config> for Setup {
    fn from(config: Config) -> Self {
        Self {
            config,
            ..Self::default()
        }
    }
}

impl From<&Config> for Setup {
    fn from(config: &Config) -> Self {
        config.clone().into()
    }
}

impl From<Settings> for Setup {
    fn from(settings: Settings) -> Self {
        Self {
            access: settings.access,
            ..settings.config.into()
        }
    }
}

impl From<&Settings> for Setup {
    fn from(settings: &Settings) -> Self {
        settings.clone().into()
    }
}

impl From<&Setup> for Setup {
    fn from(setup: &Setup) -> Self {
        setup.clone()
    }
}
