//! A Python program in a process of its own, under dapstub.

use core::net::SocketAddr;
use core::time::Duration;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Instant;
use std::{env, process};

use tempfile::TempDir;

use crate::client::Client;
use crate::deadline;
use crate::interpreters::Python;
use crate::proxy::Proxy;
use crate::vscode::initialize_arguments;

/// How a program gets its debugger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// By the command line, held until the first client has configured.
    Waiting,
    /// By the command line, running at once.
    Running,
    /// By itself: it calls the Python API, and says `listening PORT` on its standard output.
    Own,
    /// Not at all: plain Python.
    Plain,
}

/// The folder that holds the Python package `dapstub`, ready to be imported: `DAPSTUB_STAGED` where that is set (an installed
/// wheel, say), else laid out from this build.
///
/// # Panics
///
/// When this build can't be laid out.
pub fn staged() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| match env::var_os("DAPSTUB_STAGED") {
        Some(folder) => folder.into(),
        None => {
            let package = dapstub_launcher::stage().unwrap_or_else(|error| panic!("can't stage the package: {error}"));
            package
                .parent()
                .map(Path::to_owned)
                .expect("a package lies in a folder")
        }
    })
}

/// A new folder that is removed on drop, beside the staged package, so that a Python in a chroot finds it too.
///
/// # Panics
///
/// When it can't be made.
pub fn folder() -> TempDir {
    let base = if env::var_os("DAPSTUB_STAGED").is_some() {
        env::temp_dir()
    } else {
        staged().with_file_name("tmp")
    };
    fs::create_dir_all(&base).expect("a folder for the tests");
    TempDir::with_prefix_in("test-", base).expect("a temporary folder")
}

/// What a program is started with.
#[derive(Debug, Clone)]
pub struct Launch {
    words: Vec<OsString>,
    start: Start,
    folder: Option<PathBuf>,
    variables: Vec<(String, OsString)>,
}

impl Launch {
    /// The program file `path`.
    pub fn file(path: &Path, start: Start) -> Self {
        Self {
            words: vec![path.into()],
            start,
            folder: None,
            variables: Vec::new(),
        }
    }

    /// Whatever follows the options on a command line: `["-c", CODE]`, `["-m", MODULE]`, a file.
    pub fn target<W: Into<OsString>>(words: impl IntoIterator<Item = W>, start: Start) -> Self {
        Self {
            words: words.into_iter().map(Into::into).collect(),
            start,
            folder: None,
            variables: Vec::new(),
        }
    }

    /// Starts it so.
    #[must_use]
    pub fn how(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    /// Adds arguments of the program.
    #[must_use]
    pub fn args<W: Into<OsString>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.words.extend(words.into_iter().map(Into::into));
        self
    }

    /// Starts it in `folder`.
    #[must_use]
    pub fn within(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    fn command(&self, python: &Python) -> Command {
        let mut command = match &self.folder {
            Some(folder) => python.command_in(folder),
            None => python.command(),
        };
        match self.start {
            Start::Waiting | Start::Running => {
                command.arg(staged().join("dapstub")).args(["--listen", "127.0.0.1:0"]);
                if self.start == Start::Waiting {
                    command.arg("--wait-for-client");
                }
            }
            Start::Own | Start::Plain => {}
        }
        command.args(&self.words);
        // Nothing is written beside the sources, and what is printed comes at once.
        command.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONUNBUFFERED", "1");
        command.env("DAPSTUB_STAGED", staged());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs it to its end with nothing on standard input.
    ///
    /// # Panics
    ///
    /// When it can't be started.
    pub fn run(&self, python: &Python) -> process::Output {
        self.command(python)
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("can't start {python}: {error}"))
    }
}

/// A running program. It is killed on drop; its output is kept line by line.
pub struct Program {
    child: Child,
    input: Option<ChildStdin>,
    output: Arc<Lines>,
    errors: Arc<Lines>,
    address: OnceLock<SocketAddr>,
    proxy: OnceLock<Option<Arc<Proxy>>>,
    start: Start,
}

#[derive(Default)]
struct Lines {
    kept: Mutex<Kept>,
    grown: Condvar,
}

#[derive(Default)]
struct Kept {
    lines: Vec<String>,
    /// How many of the lines a wait has passed.
    read: usize,
    ended: bool,
}

impl Lines {
    fn of(stream: impl Read + Send + 'static) -> Arc<Self> {
        let lines = Arc::new(Self::default());
        let kept = Arc::clone(&lines);
        thread::spawn(move || {
            let mut stream = BufReader::new(stream);
            let mut line = Vec::new();
            while stream.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
                let text = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
                kept.with(|kept| kept.lines.push(text));
                line.clear();
            }
            kept.with(|kept| kept.ended = true);
        });
        lines
    }

    fn with<T>(&self, change: impl FnOnce(&mut Kept) -> T) -> T {
        let value = change(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner));
        self.grown.notify_all();
        value
    }

    /// The next line that `wanted` accepts; lines before it are passed over.
    fn wait(&self, wanted: impl Fn(&str) -> bool) -> Option<String> {
        let end = deadline::after_limit();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            while kept.read < kept.lines.len() {
                kept.read += 1;
                if wanted(&kept.lines[kept.read - 1]) {
                    return Some(kept.lines[kept.read - 1].clone());
                }
            }
            let now = Instant::now();
            if kept.ended || now >= end {
                return None;
            }
            kept = self
                .grown
                .wait_timeout(kept, end - now)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Everything, once the stream has ended.
    fn all(&self) -> Vec<String> {
        let end = deadline::after_limit();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        while !kept.ended && Instant::now() < end {
            let rest = end.saturating_duration_since(Instant::now());
            kept = self
                .grown
                .wait_timeout(kept, rest)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        kept.lines.clone()
    }
}

impl Program {
    /// Starts it.
    ///
    /// # Panics
    ///
    /// When it can't be started.
    pub fn start(python: &Python, launch: &Launch) -> Self {
        let mut command = launch.command(python);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("can't start {python}: {error}"));
        let output = Lines::of(child.stdout.take().expect("piped"));
        let errors = Lines::of(child.stderr.take().expect("piped"));
        let input = child.stdin.take();
        Self {
            child,
            input,
            output,
            errors,
            address: OnceLock::new(),
            proxy: OnceLock::new(),
            start: launch.start,
        }
    }

    /// Where it listens.
    ///
    /// # Panics
    ///
    /// When it doesn't say so in time.
    pub fn address(&self) -> SocketAddr {
        *self.address.get_or_init(|| {
            let lines = if self.start == Start::Own {
                &self.output
            } else {
                &self.errors
            };
            let line = lines.wait(|line| port_in(line).is_some());
            let port = line.as_deref().and_then(port_in);
            SocketAddr::from((
                [127, 0, 0, 1],
                port.unwrap_or_else(|| self.give_up("the program doesn't say where it listens")),
            ))
        })
    }

    /// Connects a client, through the proxy that [`DAPSTUB_PROXY`](crate::proxy) names.
    pub fn connect(&self) -> Client {
        let address = self.address();
        // One for all of its clients.
        self.proxy.get_or_init(|| Proxy::before(address));
        Client::connect(address)
    }

    /// Connects after a client that has gone without a word, and sends `initialize`.
    ///
    /// Behind a proxy the server may hear a little later that the other one has gone, and refuses until then.
    pub fn connect_next(&self) -> Client {
        let end = deadline::after_limit();
        loop {
            let mut client = self.connect();
            let answer = client.request("initialize", initialize_arguments());
            if answer.success() {
                return client;
            }
            assert!(
                self.proxy.get().is_some_and(Option::is_some) && Instant::now() < end,
                "{}",
                client.report("the next client is refused")
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the next line on standard output that begins with `prefix`, and returns what follows it there.
    pub fn line(&self, prefix: &str) -> String {
        match self.output.wait(|line| line.starts_with(prefix)) {
            Some(line) => line[prefix.len()..].trim().to_owned(),
            None => self.give_up(&format!("no line {prefix:?} on standard output")),
        }
    }

    /// Whether there is a line on its standard output that begins with `prefix`, behind those that were read.
    pub fn has_line(&self, prefix: &str) -> bool {
        self.output
            .with(|kept| kept.lines[kept.read..].iter().any(|line| line.starts_with(prefix)))
    }

    /// Writes a line to its standard input.
    pub fn say(&mut self, line: &str) {
        let input = self.input.as_mut().expect("standard input is open");
        writeln!(input, "{line}")
            .and_then(|()| input.flush())
            .unwrap_or_else(|error| panic!("can't write {line:?}: {error}"));
    }

    /// Proves that it runs: its output advances by at least two lines that begin with `prefix`.
    pub fn advances(&self, prefix: &str) {
        self.output.with(|kept| kept.read = kept.lines.len());
        self.line(prefix);
        self.line(prefix);
    }

    /// Waits until `probe.py` finds no hook in the interpreter. They go when the debugger gets to it, which on a busy machine
    /// is a moment after the client has its answer.
    ///
    /// # Panics
    ///
    /// When one stays, with what the program finds.
    pub fn loses_its_hooks(&mut self) {
        let mut found = String::new();
        let gone = deadline::poll(|| {
            self.say("hooks");
            found = self.line("hooks");
            (found == "[]").then_some(())
        });
        assert!(gone.is_some(), "stays in the interpreter: {found}");
    }

    /// Asserts that nothing more comes on its standard output within `span`: a program that is held says nothing.
    pub fn expect_silence(&self, span: Duration) {
        let before = self.output.with(|kept| kept.lines.len());
        thread::sleep(span);
        if self.output.with(|kept| kept.lines.len()) != before {
            self.give_up("the program was to be silent");
        }
    }

    /// Sends it a signal by name, such as `TERM`.
    ///
    /// # Panics
    ///
    /// When there is no such process.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(self.id().to_string())
            .status();
        assert!(status.is_ok_and(|status| status.success()), "can't send SIG{name}");
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> ExitStatus {
        let child = &mut self.child;
        match deadline::poll(|| child.try_wait().ok().flatten()) {
            Some(status) => status,
            None => self.give_up("the program doesn't end"),
        }
    }

    /// Waits for its end, which must be a normal one with that exit status.
    pub fn ends_with(&mut self, code: i32) {
        let status = self.wait();
        if status.code() != Some(code) {
            self.give_up(&format!("the program ended with {status} instead of {code}"));
        }
    }

    /// All lines of standard output; waits for the end of the stream.
    pub fn output(&self) -> Vec<String> {
        self.output.all()
    }

    /// All lines of standard error; waits for the end of the stream.
    pub fn errors(&self) -> Vec<String> {
        self.errors.all()
    }

    fn give_up(&self, failure: &str) -> ! {
        panic!("{}", self.report(failure));
    }

    /// `failure` and what the program has written, for a panic's text.
    pub fn report(&self, failure: &str) -> String {
        let tail = |lines: &Lines| lines.with(|kept| kept.lines[kept.lines.len().saturating_sub(30)..].join("\n    "));
        format!(
            "{failure}\n  standard output:\n    {}\n  standard error:\n    {}",
            tail(&self.output),
            tail(&self.errors)
        )
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ended_already = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The port in a line such as `listening on 127.0.0.1:40123` or `listening 40123`.
fn port_in(line: &str) -> Option<u16> {
    let rest = &line[line.find("listening")?..];
    rest.rsplit([':', ' '])
        .find_map(|word| word.trim_end_matches('.').parse().ok())
}
