//! The bodies of events.

mod changes;
mod output;
mod progress;
mod running;

pub use changes::*;
pub use output::*;
pub use progress::*;
pub use running::*;
