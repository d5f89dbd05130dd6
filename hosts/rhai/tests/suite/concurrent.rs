//! Many runs at once.

use std::collections::BTreeMap;

use serde_json::json;

use crate::SUMS;
use crate::house::{House, Stop};

#[test]
fn stops_of_several_runs_are_resumed_one_by_one() {
    let house = House::with(&[("sums", SUMS)]);
    let mut client = house.attach("sums", json!([{"line": 4}]));
    let mut held = BTreeMap::new();
    let mut stops = Vec::new();
    for number in 1..=8 {
        held.insert(number.to_string(), house.decide("sums", json!({"numbers": [number]})));
    }
    for _ in 0..8 {
        stops.push(Stop::next(&mut client, "breakpoint"));
    }
    let threads = client.ok("threads", json!({}));
    assert_eq!(threads["threads"].as_array().unwrap().len(), 9, "{threads}");
    // Each has variables of its own, and goes when it is told to, in any order.
    for stop in stops.iter().rev() {
        let number = stop.eval(&mut client, 0, "number");
        let request = held.remove(&number).unwrap();
        assert!(!request.is_finished());
        stop.go(&mut client);
        let total = 10 + 2 * number.parse::<i64>().unwrap();
        assert_eq!(request.join().unwrap(), (200, json!({"total": total})));
        client.wait_event("thread", |body| {
            body["reason"] == "exited" && body["threadId"] == stop.thread
        });
        assert!(
            client
                .refused("stackTrace", json!({"threadId": stop.thread}))
                .contains("has ended")
        );
    }
    client.disconnect();
}

#[test]
fn continuing_the_service_resumes_all() {
    let house = House::with(&[("sums", SUMS)]);
    let mut client = house.attach("sums", json!([{"line": 4}]));
    let held: Vec<_> = (0..4)
        .map(|number| house.decide("sums", json!({"numbers": [number]})))
        .collect();
    for _ in 0..4 {
        Stop::next(&mut client, "breakpoint");
    }
    let answer = client.ok("continue", json!({"threadId": 1}));
    assert_eq!(answer["allThreadsContinued"], true);
    for request in held {
        assert_eq!(request.join().unwrap().0, 200);
    }
    client.disconnect();
}

#[test]
fn more_runs_than_may_stand_still_pass_their_breakpoints() {
    let house = House::with(&[("sums", SUMS)]);
    let client = house.attach("sums", json!([{"line": 4}]));
    let count = dapstub_rhai::debug::MAX_STOPPED;
    let held: Vec<_> = (0..count)
        .map(|_| house.decide("sums", json!({"numbers": [1]})))
        .collect();
    for _ in 0..count {
        client.expect_stop("breakpoint");
    }
    assert_eq!(house.decides("sums", json!({"numbers": [2]})).0, 200);
    let said = client.wait_event("output", |_| true);
    assert!(
        said["body"]["output"].as_str().unwrap().contains("run on past"),
        "{said}"
    );
    assert_eq!(house.health(), "ok\n");
    client.disconnect();
    for request in held {
        assert_eq!(request.join().unwrap().0, 200);
    }
}
