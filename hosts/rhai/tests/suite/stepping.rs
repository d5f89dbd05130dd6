//! Steps and pauses.

use serde_json::json;

use crate::SUMS;
use crate::house::{House, Stop};

#[test]
fn steps_go_in_over_and_out() {
    let house = House::with(&[("sums", SUMS)]);
    let mut client = house.attach("sums", json!([{"line": 8}]));
    let held = house.decide("sums", json!({"numbers": [1, 2]}));
    let mut stop = Stop::next(&mut client, "breakpoint");
    for (command, line, depth) in [
        ("next", 9, 1),
        ("next", 10, 1),
        ("stepIn", 4, 2),
        ("next", 5, 2),
        ("stepOut", 11, 1),
        ("next", 10, 1),
        ("next", 11, 1),
        ("next", 13, 1),
    ] {
        stop = stop.step(&mut client, command);
        assert_eq!((stop.line(), stop.frames.len()), (line, depth), "{command}");
    }
    assert_eq!(stop.eval(&mut client, 0, "total"), "16");
    client.ok("next", json!({"threadId": stop.thread}));
    assert_eq!(held.join().unwrap().1, json!({"total": 16}));
    client.wait_event("thread", |body| {
        body["reason"] == "exited" && body["threadId"] == stop.thread
    });
    client.no_event("stopped");
    client.disconnect();
}

#[test]
fn a_closure_is_stepped_into_through_a_function_of_the_service() {
    let script = "let order = [3, 1, 2];\norder.sort(|a, b| {\n    let less = a - b;\n    less\n});\norder\n";
    let house = House::with(&[("order", script)]);
    let mut client = house.attach("order", json!([{"line": 3}]));
    let held = house.decide("order", json!({}));
    let stop = Stop::next(&mut client, "breakpoint");
    assert_eq!(stop.names(), ["closure", "sort (of the service)", "order"]);
    assert_eq!(stop.frames[2]["line"], 2);
    house.set(&mut client, "order", json!([]));
    let stop = stop.step(&mut client, "stepOut");
    assert_eq!(stop.line(), 6);
    assert_eq!(stop.eval(&mut client, 0, "order[0]"), "1");
    stop.go(&mut client);
    assert_eq!(held.join().unwrap().1, json!([1, 2, 3]));
    client.disconnect();
}

#[test]
fn a_pause_of_the_service_stops_the_next_statement() {
    let house = House::with(&[("sums", SUMS)]);
    let mut client = house.attach_saying(json!({}));
    client.ok("pause", json!({"threadId": 1}));
    let held = house.decide("sums", json!({"numbers": [1]}));
    let stop = Stop::next(&mut client, "pause");
    assert_eq!(stop.line(), 1);
    assert_eq!(
        house.decides("sums", json!({"numbers": [2]})).0,
        200,
        "only one is paused"
    );
    stop.go(&mut client);
    assert_eq!(held.join().unwrap().0, 200);
    client.disconnect();
}

/// A run that takes long: until somebody sets `done`.
const LONG: &str = "let done = false;\nlet turns = 0;\nwhile !done {\n    turns += 1;\n}\n#{ turned: turns > 0 }\n";

#[test]
fn a_run_that_takes_long_is_paused_and_let_go() {
    let house = House::with(&[("long", LONG)]);
    let mut client = house.attach_saying(json!({"followAll": true}));
    let held = house.decide("long", json!({}));
    let run = loop {
        let threads = client.ok("threads", json!({}));
        if let Some(thread) = threads["threads"]
            .as_array()
            .unwrap()
            .iter()
            .find(|thread| thread["id"] != 1)
        {
            break thread.clone();
        }
    };
    assert!(run["name"].as_str().unwrap().starts_with("/decide/long #"), "{run}");
    assert!(
        client
            .refused("stackTrace", json!({"threadId": run["id"]}))
            .contains("notStopped")
    );
    client.ok("pause", json!({"threadId": run["id"]}));
    let stop = Stop::next(&mut client, "pause");
    assert_eq!(stop.thread, run["id"]);
    // A breakpoint that is set while it runs is met.
    stop.go(&mut client);
    house.set(&mut client, "long", json!([{"line": 4}]));
    let stop = Stop::next(&mut client, "breakpoint");
    assert_eq!(stop.line(), 4);
    house.set(&mut client, "long", json!([]));
    let scopes = client.ok("scopes", json!({"frameId": stop.frames[0]["id"]}));
    let locals = &scopes["scopes"][0]["variablesReference"];
    client.ok(
        "setVariable",
        json!({"variablesReference": locals, "name": "done", "value": "1 == 1"}),
    );
    stop.go(&mut client);
    assert_eq!(held.join().unwrap(), (200, json!({"turned": true})));
    client.disconnect();
}
