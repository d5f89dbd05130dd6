//! Libraries that call debugpy: they get dapstub, unchanged.

use dapstub_tests::{Python, Session, Start, on_each_python};
use serde_json::json;

fn called(python: &Python, library: &str) -> Session {
    let setup = Session::of("callers.py").how(Start::Own).args(&[library]);
    setup.filters(&["uncaught"]).breakpoint("here").start(python)
}

#[test]
fn home_assistant() {
    on_each_python(|python| {
        let mut s = called(python, "home_assistant");
        s.breaks_at("here");
        s.resume();
        s.program.line("finished");
        s.client.leave_ended_program();
    });
}

#[test]
fn ray() {
    on_each_python(|python| {
        let mut s = called(python, "ray");
        let stop = s.stops_for("breakpoint");
        // Behind the call, where the library wants it: in what called its own function.
        assert_eq!(stop.functions()[..2], ["ray", "<module>"]);
        s.resume();
        s.program.line("finished");
        s.client.leave_ended_program();

        let mut s = called(python, "ray_post_mortem");
        let stop = s.stops_for("exception");
        assert_eq!((stop.function(), stop.marker()), ("ray_post_mortem", "raised"));
        let info = s.client.ok("exceptionInfo", json!({"threadId": stop.thread}));
        assert_eq!(info["exceptionId"], "LookupError");
        s.resume();
        // Once is enough: its own hook, which prints, does not stop again.
        s.program.line("finished");
        s.client.leave_ended_program();
    });
}

#[test]
fn notebooks() {
    on_each_python(|python| {
        let mut s = called(python, "notebook");
        s.breaks_at("here");
        s.resume();
        assert!(s.program.line("version").starts_with("dapstub "));
        s.program.line("finished");
        s.client.leave_ended_program();
    });
}
