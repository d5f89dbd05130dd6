//! Scripts that are read again.

use serde_json::json;

use crate::SUMS;
use crate::house::{House, Stop};

#[test]
fn breakpoints_follow_into_the_new_script() {
    let house = House::with(&[("sums", SUMS)]);
    let mut client = house.attach("sums", json!([{"line": 11}]));
    let held = house.decide("sums", json!({"numbers": [1]}));
    let stop = Stop::next(&mut client, "breakpoint");
    // Line 11 is a comment now, and another script has appeared.
    let changed = SUMS.replace("    total += more;", "    // doubled\n    total += more * 10;");
    house.write("sums", &changed);
    house.write("other", "1");
    assert_eq!(house.post("/reload"), (200, json!({"rules": ["other", "sums"]})));
    let moved = client.wait_event("breakpoint", |_| true)["body"].clone();
    assert_eq!(
        (&moved["reason"], &moved["breakpoint"]["line"]),
        (&json!("changed"), &json!(12))
    );
    client.wait_event("loadedSource", |body| {
        body["reason"] == "new" && body["source"]["name"] == "other.rhai"
    });
    client.wait_event("loadedSource", |body| {
        body["reason"] == "changed" && body["source"]["name"] == "sums.rhai"
    });
    // The run that stands still ends as it began.
    stop.go(&mut client);
    assert_eq!(held.join().unwrap().1, json!({"total": 12}));
    let held = house.decide("sums", json!({"numbers": [1]}));
    let stop = Stop::next(&mut client, "breakpoint");
    assert_eq!(stop.line(), 12);
    stop.go(&mut client);
    assert_eq!(held.join().unwrap().1, json!({"total": 30}));
    client.disconnect();
}

#[test]
fn a_broken_script_changes_nothing() {
    let house = House::with(&[("sums", SUMS)]);
    house.write("sums", "let x = ;");
    let (status, body) = house.post("/reload");
    assert_eq!(status, 422);
    assert!(body["error"].as_str().unwrap().contains("sums.rhai"), "{body}");
    assert_eq!(house.decides("sums", json!({"numbers": [1]})).0, 200);
}

#[test]
fn a_breakpoint_waits_for_its_script() {
    let house = House::with(&[("sums", SUMS)]);
    house.write("later", "");
    let path = house.path("later");
    std::fs::remove_file(&path).unwrap();
    let mut client = house.attach("later", json!([{"line": 1}]));
    house.write("later", "let x = 1;\nx");
    house.post("/reload");
    let changed = client.wait_event("breakpoint", |_| true)["body"].clone();
    assert_eq!(changed["breakpoint"]["verified"], true);
    let held = house.decide("later", json!({}));
    Stop::next(&mut client, "breakpoint").go(&mut client);
    assert_eq!(held.join().unwrap(), (200, json!(1)));
    client.disconnect();
}
