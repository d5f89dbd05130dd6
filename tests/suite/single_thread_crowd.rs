//! A crowd of threads that go on alone or together, at random: whatever comes, each does its rounds, and the program ends.

use dapstub_tests::dice::Dice;
use dapstub_tests::{Session, on_each_python};
use serde_json::{Value, json};

/// One turn after another at random, each with an answer.
fn at_random(s: &mut Session, seed: u64) -> usize {
    let mut dice = Dice::new(seed);
    let mut stops = 0;
    for _ in 0..150 {
        let threads = s.client.ok("threads", Value::Null);
        let threads = threads["threads"].as_array().cloned().unwrap_or_default();
        let other = dice.pick(&threads)["id"].as_i64().unwrap_or_default();
        let thread = if dice.one_in(2) { s.thread } else { other };
        let single = !dice.one_in(4);
        let command = *dice.pick(&["continue", "next", "stepIn", "stepOut", "stackTrace", "pause"]);
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
                s.set_breakpoints(markers);
            }
            1 => {
                // Whether it runs or not, it stands now, and has said so.
                s.client.ok("pause", json!({"threadId": thread}));
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

#[test]
fn a_crowd_at_random() {
    on_each_python(|python| {
        for seed in 1..=4 {
            let mut s = Session::of("single.py")
                .args(&["crowd"])
                .attach(|attach| attach.more = json!({"steppingResumesAllThreads": seed % 2 == 0}))
                .breakpoint("round")
                .start(python);
            s.breaks_at("round");
            let mut stops = at_random(&mut s, seed);
            s.clear_breakpoints();
            s.program.say("end");
            s.client.request("continue", json!({"threadId": s.thread}));
            // Those who had come to a breakpoint before stop once more each.
            while s.client.wait_one_of(&["stopped", "terminated"])["event"] == "stopped" {
                stops += 1;
                s.client.request("continue", json!({"threadId": s.thread}));
            }
            assert!(stops > 5, "only {stops} stops with seed {seed}");
            s.client.leave_ended_program();
            s.program.ends_with(0);
            assert_eq!(s.program.output().last().map(String::as_str), Some("rounds 1280"));
        }
    });
}
