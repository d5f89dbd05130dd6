//! Requests per second of the service in each state of its debugger, beside a build without it. `bench/load.sh` builds what
//! it needs and runs it:
//!
//! ```console
//! load PROGRAM-WITHOUT PROGRAM-WITH [ROUNDS] [SECONDS]
//! ```
//!
//! All states are measured in turn, in every round, each round beginning with the next state; the table shows medians, and
//! medians of the ratios to the build without the debugger in the same round: of the requests answered in a second, and of
//! the processor time that the service itself took for one. A second process of the same build tells the noise. The load
//! comes from `oha`, or from `wrk` where that is not found.

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
    let plain = Program::start(without, folder.path(), None);
    let again = Program::start(without, folder.path(), None);
    let dormant = Program::start(with, folder.path(), Some(false));
    let listening = Program::start(with, folder.path(), Some(true));
    let other = line("hot_water.rhai", "max(1, hours)");
    let states = [
        ("without the debugger", &plain, None),
        ("the same again", &again, None),
        ("dormant", &dormant, None),
        ("listening", &listening, None),
        ("attached", &listening, Some(("", 0))),
        (
            "breakpoint in another rule",
            &listening,
            Some(("hot_water.rhai", other)),
        ),
        (
            "breakpoint elsewhere in this rule",
            &listening,
            Some(("heating.rhai", line("heating.rhai", NEVER))),
        ),
        ("after the client left", &listening, None),
    ];
    let mut rounds_of: Vec<Vec<Figures>> = Vec::new();
    for round in 0..=rounds {
        let mut figures = vec![Figures::default(); states.len()];
        for index in 0..states.len() {
            let index = (index + round) % states.len();
            let (_, program, breakpoint) = states[index];
            let client = breakpoint.map(|breakpoint| program.attach(breakpoint));
            let before = program.processor_seconds();
            let (requests, rate) = load.run(program.http);
            let taken = program.processor_seconds() - before;
            if let Some(client) = client {
                client.disconnect();
            }
            figures[index] = Figures {
                rate,
                microseconds: taken * 1e6 / requests,
            };
        }
        // The first round warms up.
        if round > 0 {
            rounds_of.push(figures);
        }
    }
    println!(
        "{} for {seconds} s, {CONNECTIONS} connections, median of {rounds} rounds\n",
        load.tool
    );
    println!(
        "| state | requests per second | ratio | lowest to highest | processor time of one, µs | ratio | lowest to highest |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for (index, (name, ..)) in states.iter().enumerate() {
        let spread = |of: fn(&Figures) -> f64| {
            let ratios = rounds_of.iter().map(|all| of(&all[index]) / of(&all[0]));
            let (low, middle, high) = spread(ratios.collect());
            format!("{middle:.3} | {low:.2} to {high:.2}")
        };
        let middle = |of: fn(&Figures) -> f64| spread_of(&rounds_of, index, of).1;
        println!(
            "| {name} | {:.0} | {} | {:.1} | {} |",
            middle(|figures| figures.rate),
            spread(|figures| figures.rate),
            middle(|figures| figures.microseconds),
            spread(|figures| figures.microseconds),
        );
    }
}

/// What one measurement found.
#[derive(Clone, Copy, Default)]
struct Figures {
    /// Requests answered in a second.
    rate: f64,
    /// Processor time of the service for one request, in all of its threads.
    microseconds: f64,
}

fn spread_of(rounds: &[Vec<Figures>], index: usize, of: fn(&Figures) -> f64) -> (f64, f64, f64) {
    spread(rounds.iter().map(|all| of(&all[index])).collect())
}

/// The lowest, the middle and the highest.
fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[0], values[values.len() / 2], values[values.len() - 1])
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

    /// Processor time that the process has taken until now, in seconds: `utime` and `stime` of proc(5), in hundredths.
    fn processor_seconds(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("a running process");
        let behind_name = stat.rsplit(')').next().expect("a name in brackets");
        let ticks = behind_name.split_whitespace().skip(11).take(2);
        ticks.map(|ticks| ticks.parse::<f64>().expect("a number")).sum::<f64>() / 100.0
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

    /// Returns how many requests were answered, and how many in a second; each with 200.
    fn run(&self, address: SocketAddr) -> (f64, f64) {
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
            let requests = statuses.values().filter_map(Value::as_f64).sum();
            return (requests, report["summary"]["requestsPerSec"].as_f64().expect("a rate"));
        }
        assert!(!text.contains("Non-2xx"), "{text}");
        let number = |found: Option<&str>| found.and_then(|text| text.trim().parse().ok());
        let rate = number(text.lines().find_map(|line| line.strip_prefix("Requests/sec:")));
        let requests = number(text.lines().find_map(|line| Some(line.split_once(" requests in ")?.0)));
        requests.zip(rate).unwrap_or_else(|| panic!("no rate in {text}"))
    }
}
