//! What is seen of a stopped run, and changed.

use core::time::Duration;
use std::time::Instant;

use serde_json::{Value, json};

use crate::SUMS;
use crate::house::{House, Stop, children};

const NESTED: &str = r#"const LIMITS = [1, 2];

fn endless() {
    loop {}
}

fn third(list) {
    let wanted = list[2];
    wanted
}

let many = [];
many.pad(1000, 7);
let house = #{ rooms: [#{ name: "bath", "to do": [1, [2, 3]] }], open: false };
let last = third(many);
let bytes = blob(3, 9);
house
"#;

fn named<'v>(variables: &'v [Value], name: &str) -> &'v Value {
    variables
        .iter()
        .find(|variable| variable["name"] == name)
        .unwrap_or_else(|| panic!("no {name} in {variables:?}"))
}

#[test]
fn containers_are_opened_in_pages() {
    let house = House::with(&[("nested", NESTED)]);
    let mut client = house.attach("nested", json!([{"line": 17}]));
    let held = house.decide("nested", json!({"x": 1}));
    let stop = Stop::next(&mut client, "breakpoint");
    let locals = stop.scope(&mut client, 0, "Locals");
    let many = named(&locals, "many");
    assert_eq!(
        (&many["indexedVariables"], &many["type"]),
        (&json!(1000), &json!("array[1000]"))
    );
    let page =
        json!({"variablesReference": many["variablesReference"], "filter": "indexed", "start": 998, "count": 10});
    let page = client.ok("variables", page);
    assert_eq!(page["variables"].as_array().unwrap().len(), 2);
    assert_eq!(page["variables"][1]["name"], "999");
    assert_eq!(page["variables"][1]["evaluateName"], "many[999]");
    let names = json!({"variablesReference": many["variablesReference"], "filter": "named"});
    assert_eq!(client.ok("variables", names)["variables"], json!([]));
    let rooms = children(&mut client, &named(&locals, "house")["variablesReference"]);
    let room = &children(&mut client, &named(&rooms, "rooms")["variablesReference"])[0];
    let inside = children(&mut client, &room["variablesReference"]);
    let todo = named(&inside, "to do");
    assert_eq!(todo["evaluateName"], r#"house.rooms[0]["to do"]"#);
    assert_eq!(todo["value"], "[1, [2, 3]]");
    assert_eq!(
        stop.eval(&mut client, 0, todo["evaluateName"].as_str().unwrap()),
        "[1, [2, 3]]"
    );
    assert_eq!(
        children(&mut client, &named(&locals, "bytes")["variablesReference"]).len(),
        3
    );
    // Results are opened like variables, and cannot be set.
    let watch = json!({"expression": "house", "frameId": stop.frames[0]["id"], "context": "watch"});
    let result = client.ok("evaluate", watch);
    assert_eq!((&result["namedVariables"], &result["type"]), (&json!(2), &json!("map")));
    let inside = children(&mut client, &result["variablesReference"]);
    let room = &children(&mut client, &named(&inside, "rooms")["variablesReference"])[0];
    assert_eq!(room["evaluateName"], "house.rooms[0]");
    let set = json!({"variablesReference": result["variablesReference"], "name": "open", "value": "true"});
    assert!(client.refused("setVariable", set).contains("a result"));
    let globals = stop.scope(&mut client, 0, "Globals");
    assert_eq!(named(&globals, "LIMITS")["value"], "[1, 2]");
    assert_eq!(stop.eval(&mut client, 0, "global::LIMITS[1]"), "2");
    stop.go(&mut client);
    assert_eq!(held.join().unwrap().0, 200);
    client.disconnect();
}

#[test]
fn variables_are_set_at_any_depth() {
    let house = House::with(&[("nested", NESTED)]);
    let mut client = house.attach("nested", json!([{"line": 17}]));
    let held = house.decide("nested", json!({"x": 1}));
    let stop = Stop::next(&mut client, "breakpoint");
    let locals = stop.scope(&mut client, 0, "Locals");
    let rooms = children(&mut client, &named(&locals, "house")["variablesReference"]);
    let list = &named(&rooms, "rooms")["variablesReference"];
    let room = &children(&mut client, list)[0]["variablesReference"];
    let set = json!({"variablesReference": room, "name": "name", "value": "\"hall\" + many[0]"});
    assert_eq!(client.ok("setVariable", set)["value"], "\"hall7\"");
    let set = json!({"variablesReference": list, "name": "0", "value": "house.rooms[0] + #{ size: [1] }"});
    let answer = client.ok("setVariable", set);
    assert_eq!(children(&mut client, &answer["variablesReference"]).len(), 3);
    let scopes = client.ok("scopes", json!({"frameId": stop.frames[0]["id"]}));
    let (locals, globals) = (&scopes["scopes"][0], &scopes["scopes"][1]);
    for (reference, name, word) in [
        (locals, "input", "constant"),
        (globals, "LIMITS", "constant"),
        (locals, "roof", "no such"),
    ] {
        let set = json!({"variablesReference": reference["variablesReference"], "name": name, "value": "1"});
        let refused = client.refused("setVariable", set);
        assert!(refused.contains(word), "{refused}");
    }
    stop.go(&mut client);
    let decided = json!({"open": false, "rooms": [{"name": "hall7", "size": [1], "to do": [1, [2, 3]]}]});
    assert_eq!(held.join().unwrap(), (200, decided));
    client.disconnect();
}

#[test]
fn callers_show_what_they_had_at_the_call() {
    let house = House::with(&[("nested", NESTED)]);
    let mut client = house.attach("nested", json!([{"line": 8}]));
    let held = house.decide("nested", json!({"x": 1}));
    let stop = Stop::next(&mut client, "breakpoint");
    assert_eq!(stop.names(), ["third", "nested"]);
    let caller = stop.scope(&mut client, 1, "Locals");
    let known = &named(&caller, "house")["value"];
    assert_eq!(known, r##"#{open: false, rooms: [#{name: "bath", "to do": [...]}]}"##);
    assert_eq!(stop.eval(&mut client, 1, "house.open"), "false");
    assert_eq!(stop.eval(&mut client, 1, "third([4, 5, 6])"), "6");
    let scopes = client.ok("scopes", json!({"frameId": stop.frames[1]["id"]}));
    let set = json!({"variablesReference": scopes["scopes"][0]["variablesReference"], "name": "many", "value": "1"});
    assert!(client.refused("setVariable", set).contains("innermost"));
    // Among copies, too, what never ends is ended.
    let frame = &stop.frames[1]["id"];
    let endless = client.send(
        "evaluate",
        json!({"expression": "endless()", "frameId": frame, "context": "watch"}),
    );
    client.ok("cancel", json!({"requestId": endless}));
    assert!(client.wait_response(endless).error().starts_with("cancelled"));
    stop.go(&mut client);
    assert_eq!(held.join().unwrap().0, 200);
    client.disconnect();
}

#[test]
fn expressions_fail_without_harm() {
    let house = House::with(&[("nested", NESTED)]);
    let mut client = house.attach("nested", json!([{"line": 17}]));
    let held = house.decide("nested", json!({"x": 1}));
    let stop = Stop::next(&mut client, "breakpoint");
    let frame = &stop.frames[0]["id"];
    for (expression, context, word) in [
        ("nobody", "watch", "not found"),
        ("1 +", "hover", "line 1"),
        ("throw 5", "repl", "5"),
        ("many[5000]", "watch", "out of bounds"),
    ] {
        let refused = client.refused(
            "evaluate",
            json!({"expression": expression, "frameId": frame, "context": context}),
        );
        assert!(refused.contains(word), "{expression}: {refused}");
    }
    assert!(client.refused("evaluate", json!({"expression": "1"})).contains("frame"));
    // Statements in the console, which keep what they make.
    let typed = json!({"expression": "let extra = [5]; house.open = true;", "frameId": frame, "context": "repl"});
    client.ok("evaluate", typed);
    assert_eq!(stop.eval(&mut client, 0, "extra[0]"), "5");
    let closure = "many.filter(|x| x > 7).len()";
    assert_eq!(stop.eval(&mut client, 0, closure), "0");
    // One that never ends is ended when the client is tired of it.
    let begun = Instant::now();
    let endless = client.send(
        "evaluate",
        json!({"expression": "endless()", "frameId": frame, "context": "watch"}),
    );
    client.ok("cancel", json!({"requestId": endless}));
    let ended = client.wait_response(endless);
    assert!(
        !ended.success() && ended.error().starts_with("cancelled"),
        "{}",
        ended.message
    );
    assert!(begun.elapsed() < Duration::from_secs(60));
    for handle in [0, 1, -1, i32::MAX, 1 << 20] {
        assert!(
            !client
                .request("variables", json!({"variablesReference": handle}))
                .success()
        );
    }
    stop.go(&mut client);
    assert_eq!(held.join().unwrap().1["open"], true);
    let refused = client.refused("scopes", json!({"frameId": frame}));
    assert!(refused.contains("notStopped"), "{refused}");
    client.disconnect();
}

#[test]
fn a_handle_of_an_old_stop_is_refused_in_the_next_one() {
    let house = House::with(&[("sums", SUMS)]);
    let mut client = house.attach("sums", json!([{"line": 11}]));
    let held = house.decide("sums", json!({"numbers": [1, 2]}));
    let old = Stop::next(&mut client, "breakpoint");
    old.go(&mut client);
    let new = Stop::next(&mut client, "breakpoint");
    assert_eq!(old.thread, new.thread);
    let refused = client.refused("scopes", json!({"frameId": old.frames[0]["id"]}));
    assert!(refused.contains("stop that is over"), "{refused}");
    new.go(&mut client);
    assert_eq!(held.join().unwrap().0, 200);
    client.disconnect();
}
