//! The ways of putting DAP on the wire and of taking it off, one file for each library.

mod bytes_codec;
mod dap_rs;
mod limit;
mod ours;
mod schema_types;
mod serde_typed;

/// What a pass has found. All lanes have to find the same, so that none wins by leaving something out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Found {
    pub messages: usize,
    /// Bytes of bodies when frames are split, breakpoints when requests are decoded.
    pub content: usize,
}

pub trait Lane {
    fn name(&self) -> &'static str;

    /// Cuts the stream into bodies without looking into them.
    fn frame(&mut self, _wire: &[u8]) -> Option<Found> {
        None
    }

    /// Makes typed requests of the stream.
    fn decode(&mut self, _wire: &[u8]) -> Option<Found> {
        None
    }

    /// Takes typed values of these messages in, to write them again and again.
    fn encoder(&self, _bodies: &'static [Vec<u8>]) -> Option<Box<dyn Encoder>> {
        None
    }
}

pub trait Encoder {
    /// What has to be made anew before each pass and is not timed.
    fn prepare(&mut self) {}

    /// Appends all messages, framed.
    fn encode(&mut self, out: &mut Vec<u8>);
}

pub const LIMIT: &str = "memcpy";
pub const OURS: &str = "dapstub";
pub const OURS_BUFFERED: &str = "dapstub, Receiver";

/// The limit first, then ours, then the peers.
pub fn all() -> Vec<Box<dyn Lane>> {
    vec![
        Box::new(limit::Copying::default()),
        Box::new(ours::Ours),
        Box::new(ours::Buffered::default()),
        Box::new(dap_rs::Server),
        Box::new(schema_types::Crate),
        Box::new(serde_typed::ByHand),
        Box::new(serde_typed::SerdeJson),
        Box::new(serde_typed::Sonic),
        Box::new(serde_typed::SerdeJsonCore),
        Box::new(bytes_codec::Codec),
    ]
}
