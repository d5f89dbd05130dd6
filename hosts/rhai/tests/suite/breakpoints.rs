//! Breakpoints of every kind.

use serde_json::json;

use crate::SUMS;
use crate::house::{House, Stop};

#[test]
fn a_breakpoint_stops_one_request_and_no_other() {
    let house = House::with(&[("sums", SUMS)]);
    let mut client = house.attach("sums", json!([{"line": 4, "condition": "number == 7"}]));
    let held = house.decide("sums", json!({"numbers": [1, 7]}));
    let stop = Stop::next(&mut client, "breakpoint");
    assert_eq!(stop.names(), ["double", "sums"]);
    assert_eq!((stop.line(), stop.frames[1]["line"].as_i64()), (4, Some(10)));
    assert_eq!(stop.shown(&mut client, 0, "Locals"), "number=7");
    assert_eq!(stop.eval(&mut client, 0, "number + double(2)"), "11");
    assert_eq!(house.health(), "ok\n");
    for number in 0..5 {
        let free = house.decides("sums", json!({"numbers": [number]}));
        assert_eq!(free, (200, json!({"total": 10 + 2 * number})));
    }
    stop.go(&mut client);
    assert_eq!(held.join().unwrap(), (200, json!({"total": 26})));
    client.disconnect();
}

#[test]
fn hits_are_counted_over_all_requests() {
    let house = House::with(&[("sums", SUMS)]);
    let mut client = house.attach("sums", json!([{"line": 11, "hitCondition": "% 3"}]));
    assert_eq!(house.decides("sums", json!({"numbers": [1, 2]})).0, 200);
    let held = house.decide("sums", json!({"numbers": [8, 9]}));
    let stop = Stop::next(&mut client, "breakpoint");
    assert_eq!(stop.eval(&mut client, 0, "number"), "8");
    stop.go(&mut client);
    assert_eq!(held.join().unwrap().1, json!({"total": 44}));
    client.disconnect();
}

#[test]
fn a_log_point_writes_and_stops_nobody() {
    let house = House::with(&[("sums", SUMS)]);
    let log = "{number} gives {more}, {{sum}} {total + more}, {input[0]}";
    let mut client = house.attach("sums", json!([{"line": 11, "logMessage": log}]));
    assert_eq!(house.decides("sums", json!({"numbers": [4]})).1, json!({"total": 18}));
    let output = client.wait_event("output", |_| true)["body"].clone();
    let text = output["output"].as_str().unwrap();
    assert!(text.starts_with("4 gives 8, {sum} 18, <"), "{text}");
    assert_eq!(output["line"], 11);
    client.no_event("stopped");
    client.disconnect();
}

#[test]
fn a_breakpoint_moves_to_where_something_is_done() {
    let house = House::with(&[("sums", SUMS)]);
    let mut client = house.attach_saying(json!({}));
    let set = house.set(
        &mut client,
        "sums",
        json!([{"line": 2}, {"line": 3}, {"line": 7}, {"line": 10, "column": 5}, {"line": 99}]),
    );
    let lines: Vec<_> = set.iter().map(|breakpoint| breakpoint["line"].as_i64()).collect();
    // The beginning of a function is a place of its own.
    assert_eq!(lines, [Some(3), Some(3), Some(8), Some(10), None]);
    assert!(
        set[0]["message"].as_str().unwrap().contains("moved to line 3"),
        "{}",
        set[0]
    );
    assert_eq!(
        (&set[4]["verified"], &set[4]["reason"]),
        (&json!(false), &json!("pending"))
    );
    let places = client.ok(
        "breakpointLocations",
        json!({"source": house.source("sums"), "line": 1, "endLine": 13}),
    );
    let places: Vec<_> = places["breakpoints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|place| place["line"].clone())
        .collect();
    assert_eq!(json!(places), json!([1, 3, 4, 5, 8, 9, 10, 11, 13]));
    // Every one of them is reached.
    let all: Vec<_> = places.iter().map(|line| json!({"line": line})).collect();
    house.set(&mut client, "sums", json!(all));
    let held = house.decide("sums", json!({"numbers": [1]}));
    for line in [1, 8, 9, 10, 3, 4, 5, 11, 13] {
        let stop = Stop::next(&mut client, "breakpoint");
        assert_eq!(stop.line(), line);
        stop.go(&mut client);
    }
    assert_eq!(held.join().unwrap().0, 200);
    client.disconnect();
}

#[test]
fn a_breakpoint_that_cannot_work_says_why() {
    let house = House::with(&[("sums", SUMS)]);
    let mut client = house.attach_saying(json!({}));
    let wanted = json!([
        {"line": 4, "condition": "number =="}, {"line": 4, "hitCondition": "often"}, {"line": 4, "logMessage": "{number"},
        {"line": 4, "logMessage": "{number +}"}, {"line": 4, "condition": "  "}
    ]);
    let set = house.set(&mut client, "sums", wanted);
    for (breakpoint, word) in set.iter().zip(["condition", "hit condition", "brace", "log message"]) {
        assert_eq!(breakpoint["verified"], false);
        let message = breakpoint["message"].as_str().unwrap();
        assert!(message.contains(word), "{message}");
    }
    assert_eq!(set[4]["verified"], true, "a blank condition is none");
    let elsewhere = json!({"source": {"path": "/nowhere/else.rhai"}, "breakpoints": [{"line": 1}]});
    let set = client.ok("setBreakpoints", elsewhere);
    assert_eq!(set["breakpoints"][0]["verified"], false);
    client.disconnect();
}

#[test]
fn a_condition_that_fails_stops_and_says_so() {
    let house = House::with(&[("sums", SUMS)]);
    let mut client = house.attach("sums", json!([{"line": 4, "condition": "nobody > 3"}]));
    let held = house.decide("sums", json!({"numbers": [1]}));
    let stop = Stop::next(&mut client, "breakpoint");
    assert!(stop.body["text"].as_str().unwrap().contains("nobody"), "{}", stop.body);
    stop.go(&mut client);
    assert_eq!(held.join().unwrap().0, 200);
    client.disconnect();
}

#[test]
fn functions_have_breakpoints_too() {
    let house = House::with(&[("sums", SUMS)]);
    let mut client = house.attach_saying(json!({}));
    let wanted = json!({"breakpoints": [{"name": "double", "condition": "number > 1"}, {"name": "triple"}]});
    let set = client.ok("setFunctionBreakpoints", wanted);
    assert_eq!(
        (&set["breakpoints"][0]["verified"], &set["breakpoints"][1]["verified"]),
        (&json!(true), &json!(false))
    );
    let held = house.decide("sums", json!({"numbers": [1, 2]}));
    let stop = Stop::next(&mut client, "function breakpoint");
    assert_eq!(
        (stop.names()[0], stop.eval(&mut client, 0, "number")),
        ("double", "2".to_owned())
    );
    assert_eq!(stop.body["hitBreakpointIds"][0], set["breakpoints"][0]["id"]);
    stop.go(&mut client);
    assert_eq!(held.join().unwrap().0, 200);
    client.disconnect();
}

#[test]
fn paths_are_mapped_both_ways() {
    let house = House::with(&[("sums", SUMS)]);
    let folder = house.path("sums").parent().unwrap().to_owned();
    let mut client = house.attach_with(dapstub_tests::Attach {
        path_mappings: vec![("/laptop/rules".to_owned(), folder.to_string_lossy().into_owned())],
        breakpoints: vec![(json!({"path": "/laptop/rules/sums.rhai"}), vec![json!({"line": 4})])],
        ..Default::default()
    });
    let held = house.decide("sums", json!({"numbers": [1]}));
    let stop = Stop::next(&mut client, "breakpoint");
    assert_eq!(stop.frames[0]["source"]["path"], "/laptop/rules/sums.rhai");
    let sources = client.ok("loadedSources", json!({}));
    assert_eq!(sources["sources"][0]["path"], "/laptop/rules/sums.rhai");
    let text = client.ok("source", json!({"source": sources["sources"][0], "sourceReference": 0}));
    assert_eq!(text["content"], SUMS);
    stop.go(&mut client);
    assert_eq!(held.join().unwrap().0, 200);
    client.disconnect();
}
