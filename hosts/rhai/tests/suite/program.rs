//! The program itself: its options, its debugger on demand, its end.

use core::net::SocketAddr;
use core::time::Duration;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;

use dapstub_tests::{Attach, Client};
use serde_json::{Value, json};

/// An address that was free a moment ago, which is good enough for a test.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// The program, with a configuration of its own.
struct Running {
    child: Child,
    http: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Running {
    fn with(block: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("configuration.yaml");
        std::fs::write(
            &config,
            format!("automation: !include automations.yaml\ndebugpy:\n{block}"),
        )
        .unwrap();
        let http = free();
        let child = Command::new(env!("CARGO_BIN_EXE_dapstub-rhai"))
            .args(["--listen", &http.to_string(), "--workers", "1", "--config"])
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            child,
            http,
            _folder: folder,
        }
    }

    /// Waits until something listens there.
    fn reach(address: SocketAddr) {
        let deadline = std::time::Instant::now() + dapstub_tests::deadline::limit();
        while TcpStream::connect(address).is_err() {
            assert!(std::time::Instant::now() < deadline, "nothing listens at {address}");
            sleep(Duration::from_millis(10));
        }
    }

    fn post(&self, path: &str, input: Value) -> (u16, Value) {
        crate::house::post(&format!("http://{}{path}", self.http), &input)
    }

    fn ends(mut self) {
        let kill = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(kill.success());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn heating() -> Value {
    let room = json!({"name": "bath", "temperature": 19.2, "humidity": 61.0, "window_open": false, "presence": true});
    json!({"hour": 7, "outdoor": -2.5, "rooms": [room]})
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("scripts")
        .join(name)
        .canonicalize()
        .unwrap()
}

#[test]
fn the_debugger_is_started_on_demand_and_once() {
    let port = free().port();
    let program = Running::with(&format!("  host: 127.0.0.1\n  port: {port}\n  start: false\n"));
    Running::reach(program.http);
    assert_eq!(program.post("/decide", heating()).0, 200);
    let (status, first) = program.post("/debug/start", Value::Null);
    assert_eq!((status, &first["status"]), (200, &json!("started")));
    let again = program.post("/debug/start", Value::Null).1;
    assert_eq!(
        (&again["status"], &again["address"]),
        (&json!("already running"), &first["address"])
    );
    let address: SocketAddr = first["address"].as_str().unwrap().parse().unwrap();
    let mut client = Client::connect(address);
    client.attach_like_vscode(&Attach::default(), address.port());
    client.disconnect();
    program.ends();
}

#[test]
fn nothing_is_served_before_the_client_that_is_waited_for() {
    let dap = free();
    let block = format!("  host: 127.0.0.1\n  port: {}\n  wait: true\n", dap.port());
    let program = Running::with(&block);
    Running::reach(dap);
    // The port of the service is open, so its clients wait instead of being refused; but nobody answers.
    let http = program.http;
    let waiting = std::thread::spawn(move || crate::house::post(&format!("http://{http}/decide/heating"), &heating()));
    let mut client = Client::connect(dap);
    let breakpoint = json!({"line": 50});
    client.attach_like_vscode(
        &Attach {
            breakpoints: vec![(json!({"path": script("heating.rhai")}), vec![breakpoint])],
            ..Attach::default()
        },
        dap.port(),
    );
    // The very first request stops.
    let stop = crate::house::Stop::next(&mut client, "breakpoint");
    assert!(!waiting.is_finished());
    // Told to end while it stands still, it lets the request end first.
    let ended = std::thread::spawn(move || program.ends());
    client.wait_event("terminated", |_| true);
    client.leave_ended_program();
    let (status, decision) = waiting.join().unwrap();
    assert_eq!(
        (status, &decision["boiler"]),
        (200, &json!(true)),
        "{decision} {}",
        stop.line()
    );
    ended.join().unwrap();
}

#[test]
fn the_delivered_rules_decide() {
    let program = Running::with("  start: false\n");
    Running::reach(program.http);
    let (status, decision) = program.post("/decide/heating", heating());
    assert_eq!(status, 200, "{decision}");
    assert_eq!(decision["valves"], json!({"bath": 63}));
    let rooms = json!([{"name": "bath", "temperature": 24.0, "humidity": 71.0}, {"name": "attic", "temperature": 9.0, "humidity": 0.0}]);
    let (status, decision) = program.post("/decide/ventilation", json!({"outdoor": 4.0, "rooms": rooms}));
    assert_eq!(
        (status, &decision["fans"]),
        (200, &json!({"bath": 3, "attic": 1})),
        "{decision}"
    );
    let water = json!({"litres": 150.0, "temperature": 38.0, "prices": [0.31, 0.22, 0.18, 0.40]});
    let (status, decision) = program.post("/decide/hot_water", water);
    assert_eq!((status, &decision["hours"]), (200, &json!([1, 2])), "{decision}");
    assert_eq!(program.post("/decide/roof", json!({})).0, 404);
    program.ends();
}

#[test]
fn rules_of_access_from_the_file() {
    let dap = free();
    let block = format!(
        "  host: 127.0.0.1\n  port: {}\n  token: the secret of this test\n  evaluate: false\n",
        dap.port()
    );
    let program = Running::with(&block);
    Running::reach(dap);
    let mut stranger = Client::connect(dap);
    stranger.initialize();
    let refused = stranger.refused("attach", json!({"token": "a guess"}));
    assert!(refused.contains("is not that of this program"), "{refused}");
    stranger.wait_closed();
    let mut client = Client::connect(dap);
    let attached = client.attach_like_vscode(
        &Attach {
            more: json!({"token": "the secret of this test"}),
            ..Attach::default()
        },
        dap.port(),
    );
    assert_eq!(attached.capabilities.get("supportsConditionalBreakpoints"), None);
    let refused = client.refused("evaluate", json!({"expression": "6 * 7"}));
    assert!(refused.contains("evaluate: false"), "{refused}");
    client.disconnect();
    program.ends();
}
