//! Scripts that fail.

use dapstub_tests::Attach;
use serde_json::json;

use crate::house::{House, Stop};

const FAILING: &str = r#"fn quotient(upper, lower) {
    let share = upper / lower;
    share
}

let base = 12;
let caught = 1; try { caught = quotient(1, 0); } catch { caught = 0; }
let share = quotient(base, input.lower);
if share > 5 {
    throw #{ code: 7 };
}
share
"#;

fn attach(house: &House) -> dapstub_tests::Client {
    house.attach_with(Attach {
        filters: vec!["uncaught".to_owned()],
        ..Default::default()
    })
}

#[test]
fn an_error_stops_where_it_happened_with_the_variables_of_every_frame() {
    let house = House::with(&[("failing", FAILING)]);
    let mut client = attach(&house);
    assert_eq!(house.decides("failing", json!({"lower": 4})), (200, json!(3)));
    let held = house.decide("failing", json!({"lower": 0}));
    let stop = Stop::next(&mut client, "exception");
    assert_eq!(stop.names(), ["quotient", "failing"]);
    assert_eq!((stop.line(), stop.frames[1]["line"].as_i64()), (2, Some(8)));
    assert_eq!(stop.shown(&mut client, 0, "Locals"), "upper=12 lower=0");
    assert_eq!(
        stop.shown(&mut client, 1, "Locals"),
        "input=#{lower: 0} base=12 caught=0"
    );
    assert_eq!(stop.eval(&mut client, 0, "upper * 2"), "24");
    let info = client.ok("exceptionInfo", json!({"threadId": stop.thread}));
    assert_eq!(info["exceptionId"], "Arithmetic");
    assert!(info["description"].as_str().unwrap().contains("zero"), "{info}");
    stop.go(&mut client);
    let (status, body) = held.join().unwrap();
    assert_eq!(status, 422);
    assert!(body["error"].as_str().unwrap().contains("zero"), "{body}");
    client.disconnect();
}

#[test]
fn what_a_script_throws_is_an_exception_too() {
    let house = House::with(&[("failing", FAILING)]);
    let mut client = attach(&house);
    let held = house.decide("failing", json!({"lower": 1}));
    let stop = Stop::next(&mut client, "exception");
    assert_eq!((stop.names(), stop.line()), (vec!["failing"], 10));
    let info = client.ok("exceptionInfo", json!({"threadId": stop.thread}));
    assert_eq!(info["exceptionId"], "thrown");
    client.disconnect();
    assert_eq!(held.join().unwrap().0, 422);
}

#[test]
fn without_the_filter_nothing_stops() {
    let house = House::with(&[("failing", FAILING)]);
    let mut client = house.attach("failing", json!([{"line": 3, "condition": "false"}]));
    assert_eq!(house.decides("failing", json!({"lower": 0})).0, 422);
    client.no_event("stopped");
    assert!(client.refused("exceptionInfo", json!({"threadId": 99})).contains("99"));
    client.disconnect();
}
