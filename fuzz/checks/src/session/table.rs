//! Which request reaches the host when, as DAP has it and the documentation of `Phase` draws it.

use dapstub::protocol::Command;
use dapstub::session::Phase;

/// Whether a request that comes in this phase is one for the host.
pub(super) const fn allows(phase: Phase, command: Command) -> bool {
    match command {
        Command::Initialize => matches!(phase, Phase::Listening),
        Command::Attach | Command::Launch => matches!(phase, Phase::Negotiated),
        Command::ConfigurationDone => matches!(phase, Phase::Configuring),
        Command::Disconnect => !matches!(phase, Phase::Listening | Phase::Ending | Phase::Ended),
        _ => matches!(phase, Phase::Configuring | Phase::Starting | Phase::Running),
    }
}
