//! Single threads go on while the others stay stopped.

use core::time::Duration;

use dapstub_tests::vscode::{breakpoint, set_breakpoints_arguments};
use dapstub_tests::{Python, Session, Stop, on_each_python};
use serde_json::{Value, json};

/// Attached to `single.py HOW`, whose steps let only their own thread run.
fn stepping_alone(python: &Python, how: &str, marker: &str) -> Session {
    Session::of("single.py")
        .args(&[how])
        .attach(|attach| attach.more = json!({"steppingResumesAllThreads": false}))
        .stopped_at(python, marker)
}

/// Attached to `single.py HOW`, which stands at `marker`.
fn standing(python: &Python, how: &str, marker: &str) -> Session {
    Session::of("single.py").args(&[how]).stopped_at(python, marker)
}

/// The thread with that name.
fn thread(s: &mut Session, name: &str) -> i64 {
    let threads = s.client.ok("threads", Value::Null);
    let mut threads = threads["threads"].as_array().into_iter().flatten();
    let found = threads.find(|thread| thread["name"] == name);
    found
        .and_then(|thread| thread["id"].as_i64())
        .unwrap_or_else(|| panic!("{}", s.client.report(&format!("no thread {name}"))))
}

/// The frame of that function on the stack of a thread.
fn frame(s: &mut Session, thread: i64, function: &str) -> Value {
    let stack = s.client.ok("stackTrace", json!({"threadId": thread}));
    let mut frames = stack["stackFrames"].as_array().into_iter().flatten();
    let found = frames.find(|frame| frame["name"] == function);
    found
        .cloned()
        .unwrap_or_else(|| panic!("{}", s.client.report(&format!("no {function} on the stack"))))
}

/// The local `n` of that function, whose thread has its name. Read without evaluating anything.
fn count(s: &mut Session, function: &str) -> i64 {
    let thread = thread(s, function);
    let frame = frame(s, thread, function)["id"].as_i64().expect("a frame has an id");
    s.locals_of(frame)["n"].parse().expect("a number")
}

/// The counts of the threads of `steps`.
fn all_counts(s: &mut Session) -> (i64, i64) {
    (count(s, "counts"), count(s, "counts_hard"))
}

/// Lets one thread go on alone; asserts what is said about it.
fn resume_alone(s: &mut Session, thread: i64) {
    s.client.take_events("continued");
    let body = s
        .client
        .ok("continue", json!({"threadId": thread, "singleThread": true}));
    assert_eq!(body["allThreadsContinued"], false);
    let event = s.client.wait_event("continued", |_| true);
    assert_eq!(event["body"], json!({"threadId": thread, "allThreadsContinued": false}));
}

/// Lets all go on; asserts what is said about it.
fn resume_all(s: &mut Session) {
    s.client.take_events("continued");
    let body = s.client.ok("continue", json!({"threadId": s.thread}));
    assert_eq!(body["allThreadsContinued"], true);
    let event = s.client.wait_event("continued", |_| true);
    assert_eq!(event["body"]["allThreadsContinued"], true);
}

fn pause(s: &mut Session) -> Stop {
    s.client.ok("pause", json!({"threadId": 1}));
    s.stops_for("pause")
}

#[test]
fn it_is_announced() {
    on_each_python(|python| {
        let mut s = standing(python, "steps", "first");
        assert_eq!(s.attached.capabilities["supportsSingleThreadExecutionRequests"], true);
        for (command, thread) in [("continue", 1), ("next", 1), ("stepIn", 1), ("stepOut", 1)] {
            let refusal = s
                .client
                .refused(command, json!({"threadId": thread, "singleThread": "yes"}));
            assert!(refusal.contains("singleThread"), "{refusal}");
        }
        let refusal = s
            .client
            .refused("continue", json!({"threadId": 999, "singleThread": true}));
        assert!(refusal.contains("threadId"), "{refusal}");
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn steps_resume_all_threads_unless_told_otherwise() {
    on_each_python(|python| {
        let mut s = standing(python, "steps", "first");
        let before = all_counts(&mut s);
        s.walks("next", "sleeps puts");
        let after = all_counts(&mut s);
        assert!(after.1 > before.1 + 1, "{before:?} {after:?}");
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn stepping_resumes_only_its_thread() {
    on_each_python(|python| {
        let mut s = stepping_alone(python, "steps", "first");
        let before = all_counts(&mut s);
        s.client.take_events("continued");
        // `sleeps` gives all others the time to run, and `puts` needs a lock that another thread takes all the time.
        s.walks("next", "sleeps puts third fourth");
        let events = s.client.take_events("continued");
        assert_eq!(events.len(), 4);
        for event in events {
            assert_eq!(
                event["body"],
                json!({"threadId": s.thread, "allThreadsContinued": false})
            );
        }
        s.steps_to("stepIn", "inner");
        s.steps_to("next", "inner end");
        s.steps_to("stepOut", "fourth");
        s.steps_to("next", "fifth");
        // Each of them may have been in the middle of its line.
        let after = all_counts(&mut s);
        assert!(
            after.0 <= before.0 + 1 && after.1 <= before.1 + 1,
            "{before:?} {after:?}"
        );
        resume_all(&mut s);
        s.program.line("joined");
        s.ends_with(0);
    });
}

#[test]
fn a_single_step_may_be_asked_for() {
    on_each_python(|python| {
        let mut s = standing(python, "steps", "first");
        let before = all_counts(&mut s);
        for marker in ["sleeps", "puts"] {
            s.client.ok("next", json!({"threadId": s.thread, "singleThread": true}));
            let stop = s.stops_for("step");
            assert_eq!(stop.marker(), marker);
        }
        let after = all_counts(&mut s);
        assert!(
            after.0 <= before.0 + 1 && after.1 <= before.1 + 1,
            "{before:?} {after:?}"
        );
        // The next one is a step of all again.
        s.steps_to("next", "third");
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn continued_alone_while_the_others_are_looked_at() {
    on_each_python(|python| {
        let mut s = standing(python, "talks", "met");
        let (a, b) = (thread(&mut s, "a"), thread(&mut s, "b"));
        resume_alone(&mut s, a);
        s.program.line("a");
        // Whatever b has said until then.
        s.program.advances("a");
        let first = count_of_b(&mut s, b);
        s.program.advances("a");
        s.program.advances("a");
        let says = frame(&mut s, b, "says");
        let id = says["id"].as_i64().expect("a frame has an id");
        assert_eq!(s.locals_of(id)["name"], "'b'");
        let body = s.client.ok(
            "evaluate",
            json!({"expression": "n * 0 + len(name)", "frameId": id, "context": "watch"}),
        );
        assert_eq!(body["result"], "1");
        assert_eq!(count_of_b(&mut s, b), first);
        // The running one has a stack as well.
        frame(&mut s, a, "says");
        s.client.no_event("stopped");

        // b goes on too, and the main thread stays.
        resume_alone(&mut s, b);
        s.program.advances("b");
        s.program.advances("a");
        let refusal = s
            .client
            .refused("continue", json!({"threadId": b, "singleThread": true}));
        assert!(refusal.contains("notStopped"), "{refusal}");
        let refusal = s.client.refused("next", json!({"threadId": a}));
        assert!(refusal.contains("notStopped"), "{refusal}");
        pause(&mut s);
        resume_alone(&mut s, b);
        s.program.advances("b");
        resume_all(&mut s);
        s.program.advances("a");
        let refusal = s.client.refused("continue", json!({"threadId": a}));
        assert!(refusal.contains("notStopped"), "{refusal}");
        s.program.say("stop");
        s.program.line("joined");
        s.ends_with(0);
    });
}

fn count_of_b(s: &mut Session, b: i64) -> i64 {
    let id = frame(s, b, "says")["id"].as_i64().expect("a frame has an id");
    s.locals_of(id)["n"].parse().expect("a number")
}

#[test]
fn what_was_told_of_a_held_thread_stays_valid() {
    on_each_python(|python| {
        let mut s = standing(python, "talks", "met");
        let (a, b) = (thread(&mut s, "a"), thread(&mut s, "b"));
        let of = |s: &mut Session, thread| {
            let id = frame(s, thread, "says")["id"].clone();
            let locals = s.scope(id.as_i64().expect("a number"), "Locals")["variablesReference"].clone();
            (id, locals)
        };
        let (old_a, old_b) = (of(&mut s, a), of(&mut s, b));
        resume_alone(&mut s, a);
        s.client.ok("scopes", json!({"frameId": old_b.0}));
        let variables = s.variables(&old_b.1);
        assert!(
            variables.iter().any(|variable| variable["value"] == "'b'"),
            "{variables:?}"
        );
        s.client.refused("scopes", json!({"frameId": old_a.0}));
        s.client.refused("variables", json!({"variablesReference": old_a.1}));
        resume_all(&mut s);
        s.client.refused("scopes", json!({"frameId": old_b.0}));
        s.program.say("stop");
        s.ends_with(0);
    });
}

#[test]
fn a_held_thread_steps_while_another_runs() {
    on_each_python(|python| {
        let mut s = standing(python, "talks", "met");
        let (a, b) = (thread(&mut s, "a"), thread(&mut s, "b"));
        resume_alone(&mut s, a);
        s.program.advances("a");
        let line = frame(&mut s, b, "says")["line"].clone();
        s.client.ok("next", json!({"threadId": b, "singleThread": true}));
        let stop = s.stops_for("step");
        assert_eq!(stop.thread, b);
        assert_ne!(
            stop.frames[0]["line"],
            line,
            "{}",
            s.client.report("the step has led nowhere")
        );
        // The next step of it, and then all others run again with it.
        s.client.ok("next", json!({"threadId": b, "singleThread": true}));
        assert_eq!(s.stops_for("step").thread, b);
        s.client.ok("next", json!({"threadId": b}));
        assert_eq!(s.stops_for("step").thread, b);
        s.resume();
        s.program.advances("a");
        s.program.say("stop");
        s.ends_with(0);
    });
}

#[test]
fn a_breakpoint_stops_the_one_that_runs() {
    on_each_python(|python| {
        let mut s = standing(python, "talks", "met");
        let (a, b) = (thread(&mut s, "a"), thread(&mut s, "b"));
        s.set_breakpoints(&[("says", json!({}))]);
        for _ in 0..5 {
            for thread in [a, b, b] {
                resume_alone(&mut s, thread);
                let stop = s.stops_for("breakpoint");
                assert_eq!((stop.thread, stop.marker()), (thread, "says"));
            }
        }
        s.clear_breakpoints();
        resume_all(&mut s);
        s.program.advances("b");
        s.program.say("stop");
        s.ends_with(0);
    });
}

#[test]
fn those_who_came_to_the_breakpoint_too_wait_for_their_turn() {
    on_each_python(|python| {
        let mut s = Session::of("threads.py")
            .args(&["8"])
            .breakpoint("together")
            .attach(|attach| attach.more = json!({"steppingResumesAllThreads": false}))
            .start(python);
        for _ in 0..8 {
            let first = s.breaks_at("together");
            let stop = s.steps_to("next", "then");
            assert_eq!(stop.thread, first.thread);
            s.resume();
        }
        s.program.line("sum 140");
        s.ends_with(0);
    });
}

#[test]
fn a_lock_that_a_held_thread_has() {
    on_each_python(|python| {
        let mut s = Session::of("single.py")
            .args(&["locks"])
            .breakpoint("ready")
            .start(python);
        s.breaks_at("ready");
        let waiter = s.thread;
        resume_alone(&mut s, waiter);
        // It waits for what is held; a pause shows it.
        let stop = pause(&mut s);
        assert_ne!(stop.thread, 0);
        frame(&mut s, waiter, "waits_for_lock");
        let holder = thread(&mut s, "holds_lock");
        frame(&mut s, holder, "holds_lock");
        resume_alone(&mut s, waiter);
        // Both now: the lock comes free.
        resume_alone(&mut s, holder);
        s.program.line("leaves");
        s.program.line("entered");
        resume_all(&mut s);
        s.program.line("unlocked");
        s.ends_with(0);
    });
}

#[test]
fn a_thread_that_begins_meanwhile_runs() {
    on_each_python(|python| {
        let mut s = stepping_alone(python, "new", "begins");
        let before = count(&mut s, "counts");
        s.client.ok("setBreakpoints", breakpoint_at(&s, "ended"));
        let main = s.thread;
        resume_alone(&mut s, main);
        let stop = s.breaks_at("ended");
        assert_eq!(stop.thread, main);
        s.program.line("new one runs");
        assert!(count(&mut s, "counts") <= before + 1);
        s.resume();
        s.ends_with(0);
    });
}

fn breakpoint_at(s: &Session, marker: &str) -> Value {
    json!({"source": s.source.descriptor(), "breakpoints": [{"line": s.source.line(marker)}]})
}

#[test]
fn signals_end_it_whoever_is_held() {
    on_each_python(|python| {
        for (how, name, raised) in [
            ("handled", "TERM", "SystemExit"),
            ("handled", "INT", "KeyboardInterrupt"),
            ("handled_in_join", "TERM", "SystemExit"),
        ] {
            for alone in ["a", "MainThread"] {
                let mut s = standing(python, how, "met");
                let thread = thread(&mut s, alone);
                resume_alone(&mut s, thread);
                if alone == "a" {
                    s.program.advances("a");
                }
                s.program.signal(name);
                // A `join` that is broken off takes the other thread for ended: then nothing is waited for.
                if (how, alone) != ("handled_in_join", "MainThread") {
                    let event = s.client.wait_event("continued", |_| true);
                    assert_eq!(event["body"]["allThreadsContinued"], true);
                }
                assert_eq!(s.program.line("ends by"), raised);
                s.ends_with(7);
            }
        }
    });
}

#[test]
fn clients_that_go_leave_nothing_held() {
    on_each_python(|python| {
        for vanishes in [true, false] {
            let mut s = standing(python, "talks", "met");
            let a = thread(&mut s, "a");
            resume_alone(&mut s, a);
            s.program.advances("a");
            let mut program = s.program;
            if vanishes {
                s.client.vanish();
            } else {
                s.client.disconnect();
            }
            program.advances("b");
            program.say("stop");
            program.line("joined");
            program.ends_with(0);
        }
    });
}

#[test]
fn a_client_that_says_nothing_for_too_long_holds_nothing() {
    on_each_python(|python| {
        let mut s = Session::of("single.py")
            .args(&["talks"])
            .variable("DAPSTUB_STOP_LIMIT", "1")
            .stopped_at(python, "met");
        let a = thread(&mut s, "a");
        resume_alone(&mut s, a);
        s.client.wait_closed();
        s.program.advances("b");
        s.program.say("stop");
        s.program.line("joined");
        s.program.ends_with(0);
    });
}

#[test]
fn the_program_ends_with_threads_held() {
    on_each_python(|python| {
        for _ in 0..3 {
            let mut s = standing(python, "daemons", "last");
            let main = s.thread;
            resume_alone(&mut s, main);
            s.program.line("last");
            s.ends_with(0);
        }
    });
}

#[test]
fn a_fork_while_others_are_held() {
    on_each_python(|python| {
        let mut s = standing(python, "forks", "forks");
        s.client.ok("setBreakpoints", breakpoint_at(&s, "forked"));
        let main = s.thread;
        resume_alone(&mut s, main);
        s.breaks_at("forked");
        assert_eq!(s.eval("status"), "0");
        s.clear_breakpoints();
        resume_all(&mut s);
        s.program.line("joined");
        s.ends_with(0);
    });
}

#[test]
fn an_exception_is_kept_with_its_thread() {
    on_each_python(|python| {
        let mut s = Session::of("single.py")
            .args(&["fails_beside"])
            .filters(&["raised"])
            .start(python);
        let stop = s.stops_for("exception");
        assert_eq!(stop.marker(), "raises");
        let a = thread(&mut s, "a");
        let failed = stop.thread;
        s.client.ok("setExceptionBreakpoints", json!({"filters": []}));
        resume_alone(&mut s, a);
        s.program.advances("a");
        let info = s.client.ok("exceptionInfo", json!({"threadId": failed}));
        assert_eq!(info["description"], "held with it");
        assert_eq!(frame(&mut s, failed, "fails")["name"], "fails");
        s.client.refused("exceptionInfo", json!({"threadId": a}));
        s.thread = failed;
        s.client.ok("next", json!({"threadId": failed}));
        assert_eq!(s.stops_for("step").thread, failed);
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn one_steps_out_of_what_another_would_have_to_end() {
    on_each_python(|python| {
        let mut s = stepping_alone(python, "locks", "ready");
        let (waiter, holder) = (s.thread, thread(&mut s, "holds_lock"));
        s.client.ok("stepOut", json!({"threadId": waiter}));
        s.client.no_event_within("stopped", Duration::from_millis(200));
        frame(&mut s, waiter, "waits_for_lock");
        frame(&mut s, holder, "holds_lock");
        // As debugpy's own tests send it: while a step is under way, with no word of a thread.
        s.client.ok("continue", Value::Null);
        s.program.line("unlocked");
        s.ends_with(0);
    });
}

#[test]
fn wrong_arguments_are_named() {
    on_each_python(|python| {
        for name in ["steppingResumesAllThreads", "stopAllThreadsOnSuspend"] {
            let setup = Session::of("single.py").args(&["steps"]);
            let program = dapstub_tests::Program::start(python, setup.launch());
            let mut client = program.connect();
            client.initialize();
            let mut arguments = dapstub_tests::Attach::default().arguments(program.address().port());
            arguments[name] = json!("no");
            let refusal = client.refused("attach", arguments);
            assert!(refusal.contains(name) && refusal.contains("true or false"), "{refusal}");
        }
    });
}

#[test]
fn every_stop_is_of_all_threads() {
    on_each_python(|python| {
        for wanted in [true, false] {
            let mut s = Session::of("single.py")
                .args(&["steps"])
                .attach(|attach| attach.more = json!({"stopAllThreadsOnSuspend": wanted}))
                .stopped_at(python, "first");
            s.client
                .ok("setDebuggerProperty", json!({"multiThreadsSingleNotification": wanted}));
            // Asserts `allThreadsStopped`.
            s.steps_to("next", "sleeps");
            resume_all(&mut s);
            s.program.line("joined");
            s.ends_with(0);
        }
    });
}

#[test]
fn an_evaluation_gets_a_lock_that_a_held_thread_has() {
    on_each_python(|python| {
        let mut s = Session::of("single.py")
            .args(&["locks"])
            .breakpoint("ready")
            .start(python);
        s.breaks_at("ready");
        let waiter = s.thread;
        for marker in ["next", "at lock"] {
            s.client.ok("next", json!({"threadId": waiter, "singleThread": true}));
            assert_eq!(s.stops_for("step").marker(), marker);
        }
        // While the waiting thread is stopped, with the others held, and then while it runs into the same lock.
        assert_eq!(s.eval("lock.acquire() and lock.release()"), "None");
        resume_alone(&mut s, waiter);
        s.program.line("entered");
        let holder = thread(&mut s, "MainThread");
        let frame = frame(&mut s, holder, "locks")["id"].clone();
        let body = s.client.ok(
            "evaluate",
            json!({"expression": "lock.acquire() and lock.release()", "frameId": frame, "context": "repl"}),
        );
        assert_eq!(body["result"], "");
        s.client.ok("continue", Value::Null);
        s.program.line("unlocked");
        s.ends_with(0);
    });
}

#[test]
fn nothing_is_left_of_it_and_without_room_it_is_refused() {
    on_each_python(|python| {
        let mut s = standing(python, "talks", "met");
        let a = thread(&mut s, "a");
        resume_alone(&mut s, a);
        s.program.advances("a");
        resume_all(&mut s);
        s.program.advances("b");
        if python.at_least(12) {
            let free = "sum(__import__('sys').monitoring.get_tool(n) is None for n in range(6))";
            let body = s.client.ok("evaluate", json!({"expression": free, "context": "repl"}));
            assert_eq!(body["result"], "6");
            let all = "[sys.monitoring.use_tool_id(n, 'theirs') for n in range(6)] and None";
            s.client.ok("evaluate", json!({"expression": all, "context": "repl"}));
            pause(&mut s);
            let refusal = s
                .client
                .refused("continue", json!({"threadId": a, "singleThread": true}));
            assert!(refusal.contains("sys.monitoring"), "{refusal}");
            resume_all(&mut s);
            s.program.advances("a");
        }
        s.program.say("stop");
        s.program.line("joined");
        s.ends_with(0);
    });
}

/// Asks something that has to succeed, unless the crowd has come to its end meanwhile: then `None`.
fn while_it_lasts(s: &mut Session, command: &str, arguments: Value) -> Option<Value> {
    let answer = s.client.request(command, arguments);
    let ending = !answer.success() && answer.error().contains("the program is ending");
    assert!(answer.success() || ending, "{command}: {}", answer.message);
    answer.success().then(|| answer.body().clone())
}

/// One turn after another at random, each with an answer; fewer where the crowd is faster than the client.
fn at_random(s: &mut Session, seed: u64) -> usize {
    let mut dice = Dice(seed);
    let mut stops = 0;
    for _ in 0..150 {
        let Some(threads) = while_it_lasts(s, "threads", Value::Null) else {
            break;
        };
        let threads = threads["threads"].as_array().cloned().unwrap_or_default();
        let other = threads[dice.below(threads.len())]["id"].as_i64().unwrap_or_default();
        let thread = if dice.below(2) == 0 { s.thread } else { other };
        let single = dice.below(4) > 0;
        let command = ["continue", "next", "stepIn", "stepOut", "stackTrace", "pause"][dice.below(6)];
        let arguments = match command {
            "pause" | "stackTrace" => json!({"threadId": thread}),
            _ => json!({"threadId": thread, "singleThread": single}),
        };
        // Refused where the thread runs, or has ended.
        s.client.request(command, arguments);
        match dice.below(4) {
            0 => {
                let markers: &[(&str, Value)] = match dice.below(3) {
                    0 => &[],
                    1 => &[("round", json!({}))],
                    _ => &[
                        ("round", json!({"condition": "n % 7 == 3"})),
                        ("turned", json!({"condition": "n % 9 == 0"})),
                    ],
                };
                place(s, markers);
            }
            1 => {
                // Whether it runs or not, it stands now, and has said so.
                while_it_lasts(s, "pause", json!({"threadId": thread}));
                let seen = s.client.take_events("stopped");
                if let Some(message) = seen.last() {
                    s.thread = message["body"]["threadId"].as_i64().unwrap_or_default();
                }
                stops += seen.len();
            }
            _ => {}
        }
    }
    stops
}

fn place(s: &mut Session, markers: &[(&str, Value)]) {
    let lines = markers
        .iter()
        .map(|(marker, more)| breakpoint(s.source.line(marker), more));
    let arguments = set_breakpoints_arguments(&s.source.descriptor(), &lines.collect::<Vec<_>>());
    while_it_lasts(s, "setBreakpoints", arguments);
}

/// Numbers that look random, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

#[test]
fn a_crowd_at_random() {
    on_each_python(|python| {
        let mut all = 0;
        for seed in 1..=4 {
            let mut s = Session::of("single.py")
                .args(&["crowd"])
                .attach(|attach| attach.more = json!({"steppingResumesAllThreads": seed % 2 == 0}))
                .breakpoint("round")
                .start(python);
            s.breaks_at("round");
            let mut stops = at_random(&mut s, seed);
            place(&mut s, &[]);
            s.client.request("continue", json!({"threadId": s.thread}));
            // Those who had come to a breakpoint before stop once more each.
            while s.client.wait_one_of(&["stopped", "terminated"])["event"] == "stopped" {
                stops += 1;
                s.client.request("continue", json!({"threadId": s.thread}));
            }
            assert!(stops > 0, "no stop with seed {seed}");
            all += stops;
            s.client.leave_ended_program();
            s.program.ends_with(0);
            assert_eq!(s.program.output().last().map(String::as_str), Some("rounds 1280"));
        }
        assert!(all > 20, "only {all} stops");
    });
}
