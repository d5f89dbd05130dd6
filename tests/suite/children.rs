//! Child processes: each has a client of its own, by the port of its parent; none waits for one in vain.

use dapstub_tests::{Python, Session, on_each_python};

fn session(python: &Python) -> Session {
    let s = Session::of("family.py").start(python);
    s.program.line("started");
    s
}

/// One child, begun in that way, is stopped, looked at, stepped and let go; `status` is what the parent says of it.
fn is_debugged(s: &mut Session, way: &str, status: &str) {
    s.program.say(way);
    let mut child = s.attach_child(&["work"]);
    child.breaks_at("work");
    assert_eq!(child.eval("n"), "1", "{way}");
    assert_eq!(
        child.eval("__import__('os').getpid()"),
        child.configuration["subProcessId"].to_string()
    );
    child.next_to("after");
    assert_eq!(child.eval("total + 1"), "3", "{way}");
    child.resume();
    child.ends();
    assert_eq!(s.program.line("child"), "2", "{way}");
    assert_eq!(s.program.line(&format!("{way} gives")), status, "{way}");
}

fn are_debugged(ways: &[(&str, &str)]) {
    on_each_python(|python| {
        let mut s = session(python);
        for (way, status) in ways {
            is_debugged(&mut s, way, status);
        }
        s.client.no_event_seen("stopped");
        s.program.say("end");
        s.ends_with(0);
    });
}

#[test]
fn forked() {
    are_debugged(&[("fork", "3"), ("fork_and_exit", "4"), ("fork_in_thread", "4")]);
}

#[test]
fn of_multiprocessing() {
    are_debugged(&[("mp_fork", "0"), ("mp_spawn", "0"), ("mp_forkserver", "0")]);
}

#[test]
fn of_subprocess() {
    are_debugged(&[
        ("file", "0"),
        ("code", "0"),
        ("module", "0"),
        ("options", "0"),
        ("environment", "0"),
        ("open_descriptors", "0"),
        ("by_name", "0"),
        ("in_session", "0"),
    ]);
}

#[test]
fn of_os() {
    are_debugged(&[("spawnv", "0"), ("spawnle", "0"), ("posix_spawn", "0")]);
}
