//! Clients that leave, vanish or misbehave.

use core::time::Duration;
use std::io::{Read, Write};
use std::net::TcpStream;

use dapstub_tests::Client;
use serde_json::json;

use crate::SUMS;
use crate::house::{House, Stop};

#[test]
fn a_client_that_leaves_lets_everything_go() {
    let house = House::with(&[("sums", SUMS)]);
    for vanish in [false, true, false] {
        let mut client = house.attach("sums", json!([{"line": 4}]));
        let held: Vec<_> = (0..3)
            .map(|_| house.decide("sums", json!({"numbers": [1, 2]})))
            .collect();
        for _ in 0..3 {
            Stop::next(&mut client, "breakpoint");
        }
        if vanish {
            drop(client);
        } else {
            client.disconnect();
        }
        for request in held {
            assert_eq!(request.join().unwrap(), (200, json!({"total": 16})));
        }
        // Nothing is left of it.
        assert_eq!(house.decides("sums", json!({"numbers": []})).0, 200);
        let free = || !house.service.debug().debugger().is_client_connected();
        while !free() {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[test]
fn a_client_that_vanishes_while_it_evaluates_lets_everything_go() {
    let script = "fn endless() { loop {} }\nlet x = 1;\nx\n";
    let house = House::with(&[("loop", script)]);
    let mut client = house.attach("loop", json!([{"line": 3}]));
    let held = house.decide("loop", json!({}));
    let stop = Stop::next(&mut client, "breakpoint");
    client.send(
        "evaluate",
        json!({"expression": "endless()", "frameId": stop.frames[0]["id"], "context": "watch"}),
    );
    drop(client);
    assert_eq!(held.join().unwrap(), (200, json!(1)));
}

#[test]
fn bytes_that_are_not_dap_disturb_nobody() {
    let house = House::with(&[("sums", SUMS)]);
    let mut client = house.attach("sums", json!([{"line": 4}]));
    let held = house.decide("sums", json!({"numbers": [1]}));
    let stop = Stop::next(&mut client, "breakpoint");
    for bytes in [
        &b"POST /evaluate HTTP/1.1\r\nHost: localhost\r\n\r\n"[..],
        b"Content-Length: 99999999999\r\n\r\n",
        b"Content-Length: 2\r\n\r\n{}Content-Length: 1\r\n\r\n[",
        b"\xff\xfe\x00",
    ] {
        let mut stream = TcpStream::connect(house.dap).unwrap();
        stream.write_all(bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        // Whatever is said, the connection ends.
        let _ = stream.read_to_end(&mut Vec::new());
    }
    let mut second = Client::connect(house.dap);
    let refused = second.refused("initialize", dapstub_tests::vscode::initialize_arguments());
    assert!(refused.contains("another client"), "{refused}");
    for wrong in [
        ("setBreakpoints", json!({"source": {}})),
        ("setBreakpoints", json!({"breakpoints": 5})),
        ("variables", json!({"variablesReference": "x"})),
        ("stackTrace", json!({"threadId": 1e99})),
        ("evaluate", json!({"expression": "1", "frameId": 5})),
        ("scopes", json!(null)),
        ("launchRockets", json!({})),
    ] {
        assert!(!client.request(wrong.0, wrong.1.clone()).success(), "{wrong:?}");
    }
    assert_eq!(stop.eval(&mut client, 0, "number"), "1");
    stop.go(&mut client);
    assert_eq!(held.join().unwrap().0, 200);
    client.disconnect();
}

#[test]
fn bad_attach_arguments_are_named() {
    let house = House::with(&[("sums", SUMS)]);
    let mut client = Client::connect(house.dap);
    client.initialize();
    let refused = client.refused("attach", json!({"pathMappings": "all"}));
    assert!(refused.contains("expected a sequence"), "{refused}");
}
