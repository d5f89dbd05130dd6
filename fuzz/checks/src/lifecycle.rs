//! The process: one bind, one client at a time, and a gate that only `configurationDone` opens.
//!
//! An input is one byte for the configuration and then one for each move.

use dapstub::config::Config;
use dapstub::lifecycle::{AttachError, Lifecycle, Start, State};

/// What the documentation promises, told in other words than the machine itself.
#[derive(Clone, Copy, Debug, Default)]
struct Model {
    holds: bool,
    binding: bool,
    listening: bool,
    attached: bool,
    released: bool,
}

impl Model {
    const fn state(self) -> State {
        match self {
            Self { attached: true, .. } => State::Attached,
            Self { listening: true, .. } => State::Listening,
            Self { binding: true, .. } => State::Starting,
            _ => State::Dormant,
        }
    }
}

/// Checks one input.
pub fn check(data: &[u8]) {
    let Some((&options, moves)) = data.split_first() else {
        return;
    };
    let config = Config {
        start: options & 1 != 0,
        wait: options & 2 != 0,
        ..Config::default()
    };
    let mut life = Lifecycle::new(&config);
    let mut model = Model {
        holds: config.start && config.wait,
        ..Model::default()
    };
    assert_eq!(model.holds, config.holds());
    let (mut binds, mut releases) = (0, 0);
    for step in moves {
        let before = life;
        match step % 7 {
            0 => {
                let bind = !model.binding && !model.listening;
                let start = life.start();
                assert_eq!(start == Start::Bind, bind, "exactly one caller binds");
                if !bind {
                    assert_eq!(life, before, "a later start changes nothing");
                }
                model.binding |= bind;
            }
            1 => {
                life.bound();
                binds += usize::from(model.binding);
                model.listening |= model.binding;
                model.binding = false;
            }
            2 => {
                life.bind_failed();
                if model.binding {
                    assert_eq!(life.state(), State::Dormant, "it can be tried again");
                }
                model.binding = false;
            }
            3 => {
                let expected = match model.state() {
                    State::Listening => Ok(()),
                    State::Attached => Err(AttachError::Busy),
                    State::Dormant | State::Starting => Err(AttachError::NotListening),
                };
                let result = life.attach();
                assert_eq!(result, expected, "one client at a time");
                if let Err(error) = result {
                    assert_eq!(life, before, "a client that is refused changes nothing");
                    let failure = dapstub::Failure::from(error);
                    assert_eq!(failure.text(), error.text());
                }
                model.attached |= result.is_ok();
            }
            4 => {
                let opens = model.attached && model.holds && !model.released;
                assert_eq!(life.configured(), opens);
                model.released |= opens;
                releases += usize::from(opens);
            }
            5 => {
                life.detach();
                model.attached = false;
            }
            // Asking changes nothing.
            _ => {
                let _ = (life.state(), life.is_held());
                assert_eq!(life, before);
            }
        }
        assert_eq!(life.state(), model.state());
        let running = model.binding || model.listening;
        assert_eq!(life.is_held(), model.holds && !model.released && running);
        if before.is_held() && !life.is_held() {
            assert!(
                matches!(step % 7, 2 | 4),
                "only configurationDone opens the gate, or nothing listens"
            );
        }
        if matches!(before.state(), State::Listening | State::Attached) {
            assert!(
                matches!(life.state(), State::Listening | State::Attached),
                "listening for ever"
            );
        }
    }
    assert!(binds <= 1 && releases <= usize::from(model.holds));
}
