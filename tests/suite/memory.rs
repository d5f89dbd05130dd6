//! `readMemory` and `writeMemory`: the bytes of bytes-like objects.

use dapstub_tests::{Python, Session, on_each_python};
use serde_json::{Value, json};

fn stopped(python: &Python) -> Session {
    let mut s = Session::of("memory.py").breakpoint("look").start(python);
    s.breaks_at("look");
    s.clear_breakpoints();
    s
}

fn memory_of(s: &mut Session, name: &str) -> Value {
    let frame = s.top_frame();
    let scope = s.scope(frame, "Locals");
    let locals = s.variables(&scope["variablesReference"]);
    let found = locals.iter().find(|variable| variable["name"] == name);
    found.expect("the variable")["memoryReference"].clone()
}

fn read(s: &mut Session, memory: &Value, offset: i64, count: i64) -> Value {
    s.client.ok(
        "readMemory",
        json!({"memoryReference": memory, "offset": offset, "count": count}),
    )
}

#[test]
fn what_has_bytes_and_what_has_not() {
    on_each_python(|python| {
        let mut s = stopped(python);
        for capability in ["supportsReadMemoryRequest", "supportsWriteMemoryRequest"] {
            assert_eq!(s.attached.capabilities[capability], true);
        }
        for name in ["fixed", "grown", "view", "numbers", "large"] {
            assert!(memory_of(&mut s, name).is_string(), "{name}");
        }
        for name in ["text", "inside"] {
            assert!(memory_of(&mut s, name).is_null(), "{name}");
        }
        let frame = s.top_frame();
        let body = s.client.ok(
            "evaluate",
            json!({"expression": "inside[0]", "frameId": frame, "context": "watch"}),
        );
        let memory = body["memoryReference"].clone();
        assert_eq!(read(&mut s, &memory, 0, 3)["data"], "YWJj");
        s.resume();
        s.ends_with(0);
    });
}

#[test]
fn bytes_are_read() {
    on_each_python(|python| {
        let mut s = stopped(python);
        let grown = memory_of(&mut s, "grown");
        let body = read(&mut s, &grown, 0, 5);
        assert_eq!(
            (&body["address"], &body["data"], &body["unreadableBytes"]),
            (&json!("0x0"), &json!("aGVsbG8="), &Value::Null)
        );
        let body = read(&mut s, &grown, 6, 100);
        assert_eq!(
            (&body["address"], &body["data"], &body["unreadableBytes"]),
            (&json!("0x6"), &json!("d29ybGQ="), &json!(95))
        );
        for offset in [11, 5000, -4] {
            let body = read(&mut s, &grown, offset, 4);
            assert_eq!(
                (&body["data"], &body["unreadableBytes"]),
                (&Value::Null, &json!(4)),
                "{offset}"
            );
        }
        let view = memory_of(&mut s, "view");
        assert_eq!(read(&mut s, &view, 0, 5)["data"], "d29ybGQ=");
        let numbers = memory_of(&mut s, "numbers");
        assert_eq!(read(&mut s, &numbers, 0, 6)["data"], "AQACAAMA");
        // A large read comes in part.
        let large = memory_of(&mut s, "large");
        let body = read(&mut s, &large, 0, 3_000_000);
        assert_eq!(body["unreadableBytes"], 3_000_000 - (1 << 20));
        for memory in [json!("nonsense"), json!("0"), json!("-1"), json!("99999")] {
            s.client
                .refused("readMemory", json!({"memoryReference": memory, "count": 1}));
        }
        s.resume();
        s.program.line("grown");
        s.ends_with(0);
    });
}

#[test]
fn bytes_are_written() {
    on_each_python(|python| {
        let mut s = stopped(python);
        let grown = memory_of(&mut s, "grown");
        s.client.ok(
            "writeMemory",
            json!({"memoryReference": grown, "offset": 0, "data": "SEVMTE8="}),
        );
        let told = s.client.wait_event("memory", |_| true);
        assert_eq!(told["body"], json!({"memoryReference": grown, "offset": 0, "count": 5}));
        s.client.wait_event("invalidated", |_| true);
        assert_eq!(s.eval("bytes(grown)"), "b'HELLO world'");
        let body = s.client.ok(
            "writeMemory",
            json!({"memoryReference": grown, "offset": 8, "data": "MTIzNDU=", "allowPartial": true}),
        );
        assert_eq!((&body["offset"], &body["bytesWritten"]), (&json!(8), &json!(3)));
        let numbers = memory_of(&mut s, "numbers");
        s.client.ok(
            "writeMemory",
            json!({"memoryReference": numbers, "offset": 2, "data": "/w=="}),
        );
        for (name, offset, part) in [
            ("fixed", 0, "read-only"),
            ("grown", 10, "do not fit"),
            ("grown", -1, "do not fit"),
            ("grown", 400, "do not fit"),
        ] {
            let memory = memory_of(&mut s, name);
            let error = s.client.refused(
                "writeMemory",
                json!({"memoryReference": memory, "offset": offset, "data": "AAAA"}),
            );
            assert!(error.contains(part), "{name}: {error}");
        }
        // Nothing holds on to the bytes: the program may let them grow.
        s.resume();
        assert_eq!(s.program.line("grown"), "HELLO wo123!");
        assert_eq!(s.program.line("numbers"), "[1, 255, 3]");
        s.ends_with(0);
    });
}
