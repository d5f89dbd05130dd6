//! The Python interpreters of this machine.
//!
//! One at least is required. The versions 3.11 to 3.15 are looked for as `python3.11` and so on, as `python3`, and under
//! `~/.pyenv/versions`; what isn't found is skipped with a line on standard error. `DAPSTUB_PYTHONS` adds command lines,
//! separated by `:` or `;`, whose words are separated by blanks: `DAPSTUB_PYTHONS="chroot /srv/py314 /usr/bin/python3.14"`,
//! where the repository must be found under the same path. `DAPSTUB_TEST_ONLY=3.12` runs nothing but that version.

use core::fmt;
use core::panic::AssertUnwindSafe;
use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::panic;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The versions that are used where they are found.
const VERSIONS: [(u32, u32); 5] = [(3, 11), (3, 12), (3, 13), (3, 14), (3, 15)];

/// A command that runs `executable` with the signals that end a program as they are by default.
///
/// Tests that run in the background of a script, or under `nohup`, have some of them ignored, and every program under
/// test would inherit that.
fn begin(executable: &str) -> Command {
    static IGNORED: OnceLock<bool> = OnceLock::new();
    let ignored = *IGNORED.get_or_init(|| {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        // SIGHUP, SIGINT and SIGTERM; the lowest bit is that of signal 1.
        mask.is_some_and(|mask| mask & (1 << 0 | 1 << 1 | 1 << 14) != 0)
    });
    if !ignored {
        return Command::new(executable);
    }
    let mut command = Command::new("env");
    command.args(["--default-signal=HUP,INT,TERM", executable]);
    command
}

/// One interpreter, and how it is started.
#[derive(Debug, Clone)]
pub struct Python {
    /// The version, as (3, 11).
    pub version: (u32, u32),
    words: Vec<String>,
}

impl Python {
    /// A command that runs this interpreter; arguments follow.
    pub fn command(&self) -> Command {
        let mut command = begin(&self.words[0]);
        command.args(&self.words[1..]);
        command
    }

    /// The same, started in `folder`.
    ///
    /// A prefix such as `chroot` may change the folder by itself, so there the change is made behind it.
    pub fn command_in(&self, folder: &Path) -> Command {
        let Some((executable, prefix)) = self.words.split_last().filter(|(_, prefix)| !prefix.is_empty()) else {
            let mut command = self.command();
            command.current_dir(folder);
            return command;
        };
        let mut command = begin(&prefix[0]);
        command
            .args(&prefix[1..])
            .args(["env", "-C"])
            .arg(folder)
            .arg(executable);
        command
    }

    /// Whether the version is at least 3.`minor`.
    pub fn at_least(&self, minor: u32) -> bool {
        self.version >= (3, minor)
    }

    /// The same, run by another executable: that of a virtual environment made with it.
    #[must_use]
    pub fn with_executable(&self, executable: &Path) -> Self {
        let mut python = self.clone();
        if let Some(last) = python.words.last_mut() {
            *last = executable.to_string_lossy().into_owned();
        }
        python
    }

    /// Asks the command line in `words` for its version and its real executable.
    fn probe(words: &[String]) -> Option<Self> {
        let ask = "import sys; print(sys.version_info[0], sys.version_info[1], sys.executable)";
        let mut command = Command::new(words.first()?);
        command
            .args(&words[1..])
            .args(["-c", ask])
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        let output = command.output().ok().filter(|output| output.status.success())?;
        let text = String::from_utf8(output.stdout).ok()?;
        let mut parts = text.trim_end().splitn(3, ' ');
        let version = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        // A shim that chooses among versions is slow; from here on the interpreter itself is started.
        let mut words = words.to_vec();
        if let Some(last) = words.last_mut() {
            *last = parts.next()?.to_owned();
        }
        Some(Self { version, words })
    }
}

impl fmt::Display for Python {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Python {}.{}", self.version.0, self.version.1)
    }
}

/// The interpreters to test with, the oldest first. Looked for once in each process.
///
/// # Panics
///
/// When none is found.
pub fn all() -> &'static [Python] {
    static FOUND: OnceLock<Vec<Python>> = OnceLock::new();
    FOUND.get_or_init(find)
}

fn find() -> Vec<Python> {
    let only = env::var("DAPSTUB_TEST_ONLY").ok();
    let chosen = |version: (u32, u32)| {
        only.as_ref()
            .is_none_or(|only| *only == format!("{}.{}", version.0, version.1))
    };
    let mut found: Vec<Python> = Vec::new();
    for version in VERSIONS.into_iter().filter(|&version| chosen(version)) {
        match candidates(version)
            .iter()
            .filter_map(|words| Python::probe(words))
            .find(|python| python.version == version)
        {
            Some(python) => found.push(python),
            // Past the capture of test output: whoever runs the tests has to see it.
            None => drop(writeln!(
                io::stderr(),
                "SKIPPED {}.{}: no python{0}.{1} on PATH, in ~/.pyenv/versions or in DAPSTUB_PYTHONS; install it, or name \
                 its command line there",
                version.0,
                version.1
            )),
        }
    }
    assert!(
        !found.is_empty(),
        "no CPython 3.11 to 3.15 found (DAPSTUB_TEST_ONLY: {only:?}); DAPSTUB_PYTHON can name one"
    );
    found
}

fn candidates((major, minor): (u32, u32)) -> Vec<Vec<String>> {
    let mut candidates = Vec::new();
    candidates.extend(env::var("DAPSTUB_PYTHON").ok().map(|line| words(&line)));
    let listed = env::var("DAPSTUB_PYTHONS").unwrap_or_default();
    candidates.extend(listed.split([':', ';']).map(words).filter(|words| !words.is_empty()));
    candidates.push(vec![format!("python{major}.{minor}")]);
    let versions = env::home_dir().unwrap_or_default().join(".pyenv/versions");
    let mut installed: Vec<PathBuf> = fs::read_dir(versions)
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path())
        .collect();
    installed.sort();
    let prefix = format!("{major}.{minor}.");
    for folder in installed.into_iter().rev() {
        if folder
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with(&prefix))
        {
            candidates.push(vec![folder.join("bin/python").to_string_lossy().into_owned()]);
        }
    }
    candidates.push(vec!["python3".to_owned()]);
    candidates
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

/// Runs `test` with each interpreter, all of them even when one fails.
///
/// # Panics
///
/// With the names of the interpreters on which `test` panicked.
pub fn on_each_python(test: impl Fn(&Python)) {
    let mut failed = Vec::new();
    for python in all() {
        if panic::catch_unwind(AssertUnwindSafe(|| test(python))).is_err() {
            eprintln!("^^^ on {python}");
            failed.push(python.to_string());
        }
    }
    assert!(failed.is_empty(), "failed on {}", failed.join(", "));
}
