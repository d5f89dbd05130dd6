//! A page in a real browser aims everything it can send at the debug port: not a byte of it is taken for DAP.
//!
//! The same page aims at a lenient server, which reads a body wherever a `Content-Length` stands in front of it, as several debug
//! servers do: that one runs the page's code. So the attempts are real, and the test can fail.
//!
//! `DAPSTUB_BROWSER` names the browser; else `chromium` and its other names are looked for. Without any the test is skipped and
//! says so, or fails where `DAPSTUB_BROWSER_REQUIRED` is set.

use core::time::Duration;
use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use dapstub_tests::deadline;
use dapstub_tests::{Attach, Program, Session, Start, on_each_python};
use serde_json::{Value, json};

const PAGE: &str = include_str!("page.html");

/// How long the page may take. It waits for each attempt at most a second and a half.
const PATIENCE: Duration = Duration::from_secs(150);

/// What a browser has to get into a lenient server, or it is none.
const EXPECTED: [&str; 9] = [
    "fetch",
    "fetch-plain",
    "fetch-bytes",
    "fetch-keepalive",
    "fetch-in-a-row",
    "xhr",
    "beacon",
    "form text/plain",
    "fetch-session",
];

/// The browser, stopped when this is dropped.
struct Browser(Child, #[allow(dead_code, reason = "removed on drop")] tempfile::TempDir);

impl Browser {
    /// The command of an installed one.
    fn find() -> Option<String> {
        let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
        let named = env::var("DAPSTUB_BROWSER").ok();
        named.into_iter().chain(names.map(str::to_owned)).find(|name| {
            let version = Command::new(name).arg("--version").output();
            version.is_ok_and(|output| output.status.success())
        })
    }

    fn open(name: &str, address: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the browser");
        let child = Command::new(name)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-default-apps",
                "--disable-extensions",
                "--disable-sync",
                "--no-proxy-server",
            ])
            .arg(format!("--user-data-dir={}", folder.path().display()))
            .arg(address)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the browser");
        Self(child, folder)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn headers(input: &mut impl BufRead) -> io::Result<Vec<String>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 || line.trim().is_empty() {
            return Ok(lines);
        }
        lines.push(line.trim().to_owned());
    }
}

fn length(lines: &[String]) -> usize {
    let value = |line: &String| {
        let (name, value) = line.split_once(':')?;
        let named = name.eq_ignore_ascii_case("content-length");
        if named { value.trim().parse().ok() } else { None }
    };
    lines.iter().find_map(value).unwrap_or(0)
}

/// Serves the page, and passes on what it reports.
fn serve_page(ports: &[u16]) -> (String, Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}/", listener.local_addr().expect("an address"));
    let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
    let page = PAGE.replace("/*PORTS*/", &ports.join(", "));
    let (reports, received) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (page, reports) = (page.clone(), reports.clone());
            // A browser that hangs up is none of our trouble; the report comes or it does not.
            thread::spawn(move || answer(stream, &page, &reports));
        }
    });
    (address, received)
}

fn answer(stream: TcpStream, page: &str, reports: &Sender<Value>) -> io::Result<()> {
    let mut input = BufReader::new(stream.try_clone()?);
    let lines = headers(&mut input)?;
    let mut body = vec![0; length(&lines)];
    input.read_exact(&mut body)?;
    let wanted = lines.first().map(String::as_str).unwrap_or_default();
    let (status, text) = match wanted {
        line if line.starts_with("POST /done") => {
            let _ = reports.send(serde_json::from_slice(&body).unwrap_or(Value::Null));
            ("200 OK", "")
        }
        line if line.starts_with("GET / ") => ("200 OK", page),
        _ => ("404 Not Found", ""),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        text.len()
    );
    (&stream).write_all(head.as_bytes())?;
    (&stream).write_all(text.as_bytes())
}

/// A server that takes any header for one of DAP, as lenient ones do; what it would have run is kept.
fn lenient() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let run = Arc::new(Mutex::new(Vec::new()));
    let kept = run.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let kept = kept.clone();
            thread::spawn(move || {
                let mut input = BufReader::new(&stream);
                // Answered as HTTP, so that the browser sends more on the same connection.
                while let Ok(lines) = headers(&mut input) {
                    if lines.is_empty() {
                        break;
                    }
                    let mut body = vec![0; length(&lines)];
                    if input.read_exact(&mut body).is_err() {
                        break;
                    }
                    keep(&kept, &body);
                    // Frames inside the body, where the outer one was HTTP's.
                    let mut inner = &body[..];
                    while let Ok(lines) = headers(&mut inner) {
                        let mut body = vec![0; length(&lines)];
                        if body.is_empty() || inner.read_exact(&mut body).is_err() {
                            break;
                        }
                        keep(&kept, &body);
                    }
                    if (&stream)
                        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                        .is_err()
                    {
                        break;
                    }
                }
            });
        }
    });
    (port, run)
}

fn keep(kept: &Mutex<Vec<String>>, body: &[u8]) {
    let Ok(message) = serde_json::from_slice::<Value>(body) else {
        return;
    };
    if let Some(expression) = message["arguments"]["expression"].as_str() {
        kept.lock().expect("a short time").push(expression.to_owned());
    }
}

#[test]
fn a_page_in_a_browser_runs_no_code() {
    let Some(browser) = Browser::find() else {
        assert!(env::var_os("DAPSTUB_BROWSER_REQUIRED").is_none(), "no browser");
        let _ = writeln!(
            io::stderr(),
            "SKIPPED the page in a browser: no chromium (Debian: apt-get install chromium; or name one in DAPSTUB_BROWSER)"
        );
        return;
    };
    let programs: Mutex<Vec<(Program, String)>> = Mutex::default();
    on_each_python(|python| {
        let program = Program::start(python, Session::of("probe.py").how(Start::Running).launch());
        program.address();
        programs.lock().expect("one thread").push((program, python.to_string()));
    });
    let mut programs = programs.into_inner().expect("one thread");
    let (lenient, run) = lenient();
    // A port on which somebody is attached already, as well.
    let (held, _) = programs.pop().expect("one at least");
    let mut attached = held.connect();
    attached.attach_like_vscode(&Attach::default(), held.address().port());
    let mut ports: Vec<u16> = programs.iter().map(|(program, _)| program.address().port()).collect();
    ports.extend([held.address().port(), lenient]);

    let (address, reports) = serve_page(&ports);
    let browser = Browser::open(&browser, &address);
    let outcomes = reports.recv_timeout(PATIENCE).expect("the page reports its end");
    let tried = outcomes.as_array().map_or(0, Vec::len);
    println!("{tried} attempts at {} ports", ports.len());

    // The lenient server comes last, so what has reached it has tried the others before.
    let missing = || {
        let run = run.lock().expect("a short time").join("\n");
        let came = |name: &&&str| run.contains(&format!("the page was here: {name}'"));
        EXPECTED.iter().copied().filter(|name| !came(&name)).collect::<Vec<_>>()
    };
    let arrived = deadline::poll(|| missing().is_empty().then_some(()));
    assert!(
        arrived.is_some(),
        "{:?} did not reach the lenient server, so they show nothing elsewhere either",
        missing()
    );
    drop(browser);
    attached.ok("threads", Value::Null);
    attached.disconnect();
    programs.push((held, "the one that is attached".to_owned()));
    for (mut program, name) in programs {
        program.advances("tick");
        let mut client = program.connect();
        client.attach_like_vscode(&Attach::default(), program.address().port());
        // A real client can do what the page could not.
        client.ok(
            "evaluate",
            json!({"expression": "print('the client was here')", "context": "repl"}),
        );
        program.line("the client was here");
        client.disconnect();
        program.say("end");
        program.ends_with(0);
        let output = program.output();
        assert!(
            !output.iter().any(|line| line.contains("the page")),
            "{name}: {output:?}"
        );
    }
}
