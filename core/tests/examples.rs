//! The examples at work together: the client, through the proxy, with the debuggee.

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// Builds the examples with everything that they need, and says where they are.
fn examples() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("the target folder");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "dapstub", "--examples"])
        .args(["--features", "embedded-io-async", "--target-dir"])
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("CARGO_BUILD_TARGET")
        .status()
        .expect("cargo starts");
    assert!(status.success(), "the examples are built");
    target.join("debug/examples")
}

/// A server that ends with the test.
struct Server {
    process: Child,
    address: String,
    output: BufReader<ChildStdout>,
}

impl Server {
    fn start(program: &Path, arguments: &[&str]) -> Self {
        let mut process = Command::new(program)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut output = BufReader::new(process.stdout.take().expect("it is piped"));
        let mut line = String::new();
        output.read_line(&mut line).expect("it says where it listens");
        let address = line.trim().strip_prefix("listening on ").expect(&line).to_owned();
        Self {
            process,
            address,
            output,
        }
    }

    /// The next line that it says.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("it says text");
        line
    }

    /// Ends it and returns what else it has said.
    fn end(mut self) -> String {
        self.process.kill().expect("it can be ended");
        let mut said = String::new();
        self.output.read_to_string(&mut said).expect("it said text");
        said
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn client_through_proxy_stops_the_debuggee() {
    let folder = examples();
    let program = |name: &str| folder.join(format!("{name}{}", env::consts::EXE_SUFFIX));
    let mut debuggee = Server::start(&program("echo_debuggee"), &["127.0.0.1:0"]);
    let proxy = Server::start(&program("proxy"), &["127.0.0.1:0", &debuggee.address]);
    let client = Command::new(program("client"))
        .args([&proxy.address, "echo.txt", "3"])
        .output()
        .expect("it starts");

    let said = String::from_utf8_lossy(&client.stdout);
    let errors = String::from_utf8_lossy(&client.stderr);
    assert!(client.status.success(), "{said}{errors}");
    assert_eq!(
        said.lines().collect::<Vec<_>>(),
        [
            "breakpoint at line 3: set",
            "attached",
            "stopped: breakpoint",
            "  echo at echo.txt:3"
        ]
    );

    let passed = proxy.end();
    for line in [
        r#"-> 1 initialize {"clientID":"example","adapterID":"dapstub"}"#,
        r#"-> 3 setBreakpoints {"source":{"path":"echo.txt"},"breakpoints":[{"line":3}]}"#,
        r#"<- 2 event initialized "#,
        r#"<- 6 event stopped {"reason":"breakpoint","threadId":1}"#,
        r#"-> 6 disconnect {}"#,
    ] {
        assert!(
            passed.lines().any(|passed| passed == line),
            "{line}\nis not in:\n{passed}"
        );
    }
    // It says so after its answer, which the client has by now.
    assert_eq!(debuggee.line(), "client: Disconnected\n");
}

/// Reads until this stands in what came.
fn until(stream: &mut TcpStream, part: &str) -> String {
    let mut said = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&said).into_owned();
        if text.contains(part) {
            return text;
        }
        let mut buffer = [0; 1024];
        match stream.read(&mut buffer).expect("the stream is there") {
            0 => panic!("no {part} in {text}"),
            n => said.extend(&buffer[..n]),
        }
    }
}

#[test]
fn program_of_an_executor_is_paused_and_looked_at() {
    let program = examples().join(format!("async_debuggee{}", env::consts::EXE_SUFFIX));
    let debuggee = Server::start(&program, &["127.0.0.1:0"]);
    let mut stream = TcpStream::connect(&debuggee.address).expect("it listens");
    // Nothing answers `attach` before `configurationDone`, so both are asked at once.
    let body = r#"{"seq":2,"type":"request","command":"attach"}"#;
    let frame = format!("Content-Length: {}\r\n\r\n{body}", body.len());
    let mut say = |seq: u32, command: &str, arguments: &str, first: &str| {
        let body = format!(r#"{{"seq":{seq},"type":"request","command":"{command}","arguments":{arguments}}}"#);
        let frame = format!("{first}Content-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(frame.as_bytes()).expect("the stream is there");
        let end = match command {
            "pause" => r#""reason":"pause""#.to_owned(),
            _ => format!(r#""request_seq":{seq},"#),
        };
        until(&mut stream, &end)
    };
    say(1, "initialize", r#"{"adapterID":"lamp"}"#, "");
    assert!(say(3, "configurationDone", "{}", &frame).contains(r#""event":"initialized""#));
    say(4, "pause", r#"{"threadId":1}"#, "");
    let shown = say(5, "variables", r#"{"variablesReference":1}"#, "");
    assert!(shown.contains(r#""name":"blinked""#), "{shown}");
    say(6, "disconnect", "{}", "");
    // It says how the client went before it closes the connection.
    assert_eq!(stream.read(&mut [0]).expect("the stream ends"), 0);
    assert!(debuggee.end().starts_with("client: Disconnected\n"));
}
