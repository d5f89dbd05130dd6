//! Requests per second of the service in each state of its debugger, beside a build without it. `bench/load.sh` builds what
//! it needs and runs it:
//!
//! ```console
//! load PROGRAM-WITHOUT PROGRAM-WITH [ROUNDS] [SECONDS]
//! ```
//!
//! All states are measured in turn, in every round; the table shows the medians, and each state's ratio to the build
//! without the debugger. The load comes from `oha`, or from `wrk` where that is not found.

use core::net::SocketAddr;
use core::time::Duration;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, fs, thread};

use dapstub_tests::{Attach, Client};
use serde_json::{Value, json};

/// How many connections send requests.
const CONNECTIONS: &str = "8";

/// A line of `heating.rhai` that the requests never reach: the window is open.
const NEVER: &str = "return 5.0;";

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [without, with, rest @ ..] = arguments.as_slice() else {
        eprintln!("usage: load PROGRAM-WITHOUT PROGRAM-WITH [ROUNDS] [SECONDS]");
        return;
    };
    let rounds = rest.first().map_or(5, |text| text.parse().expect("ROUNDS is a number"));
    let seconds = rest.get(1).map_or("3", String::as_str);
    let folder = tempfile::tempdir().expect("a folder");
    let load = Load::new(folder.path(), seconds);
    let without = Program::start(without, folder.path(), None);
    let dormant = Program::start(with, folder.path(), Some(false));
    let listening = Program::start(with, folder.path(), Some(true));
    let states = [
        ("without the debugger", &without, None),
        ("dormant", &dormant, None),
        ("listening", &listening, None),
        ("attached", &listening, Some(("", 0))),
        (
            "breakpoint in another rule",
            &listening,
            Some(("hot_water.rhai", line("hot_water.rhai", "max(1, hours)"))),
        ),
        (
            "breakpoint elsewhere in this rule",
            &listening,
            Some(("heating.rhai", line("heating.rhai", NEVER))),
        ),
        ("after the client left", &listening, None),
    ];
    let mut measured: Vec<Vec<f64>> = vec![Vec::new(); states.len()];
    for round in 0..=rounds {
        for ((_, program, breakpoint), results) in states.iter().zip(&mut measured) {
            let client = breakpoint.map(|breakpoint| program.attach(breakpoint));
            let result = load.run(program.http);
            if let Some(client) = client {
                client.disconnect();
            }
            // The first round warms up.
            if round > 0 {
                results.push(result);
            }
        }
    }
    let median = |results: &mut Vec<f64>| {
        results.sort_by(f64::total_cmp);
        results[results.len() / 2]
    };
    let medians: Vec<f64> = measured.iter_mut().map(median).collect();
    println!(
        "{} for {seconds} s, {CONNECTIONS} connections, median of {rounds} rounds\n",
        load.tool
    );
    println!("| state | requests per second | ratio | lowest to highest |");
    println!("|---|---|---|---|");
    for (((name, ..), requests), all) in states.iter().zip(&medians).zip(&measured) {
        let (low, high) = (all[0] / medians[0], all[all.len() - 1] / medians[0]);
        println!(
            "| {name} | {requests:.0} | {:.2} | {low:.2} to {high:.2} |",
            requests / medians[0]
        );
    }
}

fn scripts() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    folder.canonicalize().expect("the scripts")
}

/// The line of a script that has this text.
fn line(script: &str, text: &str) -> u64 {
    let script = fs::read_to_string(scripts().join(script)).expect("the script");
    let index = script.lines().position(|line| line.contains(text)).expect("the line");
    index as u64 + 1
}

/// A running service.
struct Program {
    child: Child,
    http: SocketAddr,
    dap: SocketAddr,
}

impl Program {
    fn start(program: &str, folder: &Path, start: Option<bool>) -> Self {
        let free = || TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let (http, dap) = (free().expect("a port"), free().expect("a port"));
        let mut command = Command::new(program);
        command.args(["--listen", &http.to_string()]).env("RUST_LOG", "error");
        if let Some(start) = start {
            let config = folder.join(format!("{}.yaml", dap.port()));
            let text = format!(
                "debugpy:\n  host: 127.0.0.1\n  port: {}\n  start: {start}\n",
                dap.port()
            );
            fs::write(&config, text).expect("a configuration");
            command.arg("--config").arg(config);
        }
        let child = command.stdout(Stdio::null()).spawn().expect("the program starts");
        while TcpStream::connect(http).is_err() {
            thread::sleep(Duration::from_millis(20));
        }
        Self { child, http, dap }
    }

    /// Attaches a client with one breakpoint, or none on line 0.
    fn attach(&self, (script, line): (&str, u64)) -> Client {
        let mut client = Client::connect(self.dap);
        let source = json!({"path": scripts().join(script)});
        let breakpoints = (line > 0).then(|| (source, vec![json!({"line": line})]));
        let attached = client.attach_like_vscode(
            &Attach {
                breakpoints: breakpoints.into_iter().collect(),
                ..Attach::default()
            },
            self.dap.port(),
        );
        for breakpoint in attached.breakpoints.iter().flatten() {
            assert_eq!(breakpoint["line"], line, "{breakpoint}");
        }
        client
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whatever sends the requests.
struct Load {
    tool: &'static str,
    arguments: Vec<String>,
    script: PathBuf,
}

impl Load {
    fn new(folder: &Path, seconds: &str) -> Self {
        let rooms = ["bath", "hall", "kitchen", "attic"].map(|name| {
            json!({"name": name, "temperature": 17.5 + name.len() as f64 / 2.0, "humidity": 55.0,
                   "window_open": false, "presence": name != "attic"})
        });
        let body = json!({"hour": 7, "outdoor": -2.5, "rooms": rooms}).to_string();
        let input = folder.join("body.json");
        fs::write(&input, &body).expect("the body");
        let script = folder.join("post.lua");
        fs::write(&script, format!("wrk.method = 'POST'\nwrk.body = '{body}'\n")).expect("the script");
        let works = |tool: &str| Command::new(tool).arg("--version").output().is_ok();
        let seconds = format!("{seconds}s");
        let (tool, arguments) = if works("oha") {
            let input = input.to_string_lossy().into_owned();
            let fixed = [
                "-z",
                &seconds,
                "-c",
                CONNECTIONS,
                "--no-tui",
                "--output-format",
                "json",
                "-m",
                "POST",
                "-D",
                &input,
            ];
            ("oha", fixed.map(ToOwned::to_owned).to_vec())
        } else {
            let script = script.to_string_lossy().into_owned();
            let fixed = ["-d", &seconds, "-c", CONNECTIONS, "-t", "1", "-s", &script];
            ("wrk", fixed.map(ToOwned::to_owned).to_vec())
        };
        Self {
            tool,
            arguments,
            script,
        }
    }

    /// Returns how many requests were answered in a second; each with 200.
    fn run(&self, address: SocketAddr) -> f64 {
        assert!(self.script.exists());
        let output = Command::new(self.tool)
            .args(&self.arguments)
            .arg(format!("http://{address}/decide/heating"))
            .output()
            .expect("oha or wrk");
        let text = String::from_utf8_lossy(&output.stdout);
        if self.tool == "oha" {
            let report: Value = serde_json::from_str(&text).expect("a report");
            let statuses = report["statusCodeDistribution"].as_object().expect("statuses");
            assert!(statuses.keys().all(|status| status == "200"), "{statuses:?}");
            return report["summary"]["requestsPerSec"].as_f64().expect("a rate");
        }
        assert!(!text.contains("Non-2xx"), "{text}");
        let rate = text.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
        rate.and_then(|rate| rate.trim().parse().ok())
            .unwrap_or_else(|| panic!("no rate in {text}"))
    }
}
