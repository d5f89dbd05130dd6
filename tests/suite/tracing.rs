//! Programs that trace or profile themselves.

use dapstub_tests::program::Launch;
use dapstub_tests::{Program, Python, Session, Start, on_each_python};

/// What the program counts without a debugger.
fn plain(python: &Python, how: &str, turns: &str) -> Vec<String> {
    let setup = Session::of("tracing.py").args(&[how, turns]).how(Start::Plain);
    let launch: &Launch = setup.launch();
    let output = launch.run(python);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    counts(
        &String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(str::to_owned)
            .collect::<Vec<_>>(),
    )
}

fn counts(lines: &[String]) -> Vec<String> {
    lines
        .iter()
        .filter(|line| line.starts_with("count") || line.starts_with("own"))
        .cloned()
        .collect()
}

/// Lets the program run from stop to stop; returns how often it stopped, and what it counted.
fn debugged(mut s: Session) -> (usize, Vec<String>) {
    let mut stops = 0;
    while let Some(stop) = s.next_stop() {
        assert_eq!(stop.marker(), "inner");
        stops += 1;
        s.resume();
    }
    s.client.leave_ended_program();
    s.program.ends_with(0);
    (stops, counts(&s.program.output()))
}

#[test]
fn attached_without_breakpoints_leaves_its_counts_alone() {
    on_each_python(|python| {
        for how in ["settrace", "setprofile", "threading"] {
            let s = Session::of("tracing.py").args(&[how, "1"]).start(python);
            assert_eq!(debugged(s), (0, plain(python, how, "1")), "{how}");
        }
    });
}

#[test]
fn breakpoints_hit_and_its_counts_stay_the_same() {
    on_each_python(|python| {
        for how in ["settrace", "setprofile", "threading"] {
            let s = Session::of("tracing.py")
                .args(&[how, "1"])
                .breakpoint("inner")
                .start(python);
            assert_eq!(debugged(s), (5, plain(python, how, "1")), "{how}");
        }
    });
}

#[test]
fn attached_after_it_began_to_trace() {
    on_each_python(|python| {
        for how in ["settrace", "setprofile"] {
            let setup = Session::of("tracing.py")
                .args(&[how, "2"])
                .how(Start::Running)
                .breakpoint("inner");
            let program = Program::start(python, setup.launch());
            program.address();
            program.line("between");
            let mut s = setup.attach_to(python, program);
            s.program.say("go on");
            assert_eq!(debugged(s), (5, plain(python, how, "2")), "{how}");
        }
    });
}

#[test]
fn detached_before_it_ends_keeps_its_hook() {
    on_each_python(|python| {
        for how in ["settrace", "setprofile"] {
            let mut s = Session::of("tracing.py")
                .args(&[how, "2"])
                .breakpoint("inner")
                .start(python);
            for _ in 0..5 {
                s.stops_for("breakpoint");
                s.resume();
            }
            s.program.line("own hook");
            let mut program = s.detach();
            program.say("go on");
            program.ends_with(0);
            assert_eq!(counts(&program.output()), plain(python, how, "2"), "{how}");
        }
    });
}

#[test]
fn stepping_leaves_its_hook_in_place() {
    on_each_python(|python| {
        for how in ["settrace", "setprofile"] {
            let mut s = Session::of("tracing.py")
                .args(&[how, "1"])
                .breakpoint("inner")
                .start(python);
            s.breaks_at("inner");
            s.clear_breakpoints();
            let stop = s.step("stepOut");
            assert_eq!(stop.function(), "work");
            s.walks("next", "work-loop work");
            s.walks("stepIn", "inner");
            s.resume();
            assert_eq!(debugged(s), (0, plain(python, how, "1")), "{how}");
        }
    });
}
