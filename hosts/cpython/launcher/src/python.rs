//! The Python interpreter that the program runs in.

use core::{error, fmt};
use std::env;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// The oldest Python that loads the native module: major and minor version.
pub const OLDEST: (u32, u32) = (3, 11);

/// Names an interpreter that is to be used whatever else is there.
const CHOICE: &str = "DAPSTUB_PYTHON";

/// What is looked for in `PATH`, in this order.
const NAMES: [&str; 7] = [
    "python3",
    "python",
    "python3.15",
    "python3.14",
    "python3.13",
    "python3.12",
    "python3.11",
];

/// Asks an interpreter what it is. Understood by Python 2 as well, which is to be named in the error.
const QUESTION: &str = "import sys; v = sys.version_info; \
    i = getattr(getattr(sys, 'implementation', None), 'name', 'cpython'); \
    t = 'free-threading' in sys.version and 'free-threaded' or 'gil'; \
    sys.stdout.write('%s %d %d %d %s %s' % (i, v[0], v[1], v[2], t, sys.executable))";

/// An interpreter that was asked what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Python {
    /// The interpreter itself, where the name was that of a script which chooses one.
    pub path: PathBuf,
    /// Major, minor and micro version.
    pub version: (u32, u32, u32),
}

/// No interpreter can load the native module. Says what was found instead.
#[derive(Debug)]
pub struct NoPython {
    tried: Vec<(OsString, String)>,
}

impl fmt::Display for NoPython {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no CPython {}.{} or newer found", OLDEST.0, OLDEST.1)?;
        for (name, found) in &self.tried {
            write!(f, "\n  {}: {found}", name.display())?;
        }
        write!(f, "\nset {CHOICE} to the path of one")
    }
}

impl error::Error for NoPython {}

/// Finds an interpreter: the one that the environment variable `DAPSTUB_PYTHON` names, and no other, or else
/// `python3`, `python`, and `python3.15` down to `python3.11`, the first in `PATH` that will do.
///
/// Each is run once to learn its version.
///
/// # Errors
///
/// [`NoPython`] lists what was found and why it will not do.
pub fn find_python() -> Result<Python, NoPython> {
    match env::var_os(CHOICE).filter(|choice| !choice.is_empty()) {
        Some(choice) => find([choice]),
        None => find(NAMES.map(OsString::from)),
    }
}

fn find(names: impl IntoIterator<Item = OsString>) -> Result<Python, NoPython> {
    let mut tried = Vec::new();
    for name in names {
        let asked = Command::new(&name)
            .args(["-E", "-S", "-c", QUESTION])
            .stdin(Stdio::null())
            .output();
        match judge(asked) {
            Ok(python) => return Ok(python),
            Err(found) => tried.push((name, found)),
        }
    }
    Err(NoPython { tried })
}

/// What an interpreter is, or why it will not do.
fn judge(asked: io::Result<Output>) -> Result<Python, String> {
    let output = match asked {
        Ok(output) if output.status.success() => output.stdout,
        Ok(output) => return Err(format!("is no working Python ({})", output.status)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err("not found".to_owned()),
        Err(error) => return Err(format!("cannot be started: {error}")),
    };
    let Some(answer) = parse(&output) else {
        return Err("is no Python".to_owned());
    };
    let (major, minor, micro) = answer.version;
    let name = format!("{} {major}.{minor}.{micro}", answer.implementation);
    if answer.implementation != "cpython" {
        Err(format!("{name}, which has no CPython inside"))
    } else if (major, minor) < OLDEST {
        Err(format!("{name}, which is too old"))
    } else if answer.free_threaded {
        Err(format!("{name} without GIL, which is not supported"))
    } else {
        Ok(Python {
            path: answer.path,
            version: answer.version,
        })
    }
}

/// The answer to [`QUESTION`].
struct Answer {
    implementation: String,
    version: (u32, u32, u32),
    free_threaded: bool,
    path: PathBuf,
}

fn parse(answer: &[u8]) -> Option<Answer> {
    let mut words = answer.splitn(6, |&byte| byte == b' ');
    let mut word = || words.next();
    let implementation = str::from_utf8(word()?).ok()?.to_owned();
    let mut number = || str::from_utf8(word()?).ok()?.parse().ok();
    Some(Answer {
        implementation,
        version: (number()?, number()?, number()?),
        free_threaded: word()? == b"free-threaded",
        path: path(word()?)?,
    })
}

#[cfg(unix)]
fn path(bytes: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt;

    Some(PathBuf::from(OsString::from_vec(bytes.to_owned())))
}

#[cfg(not(unix))]
fn path(bytes: &[u8]) -> Option<PathBuf> {
    str::from_utf8(bytes).ok().map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(answer: &str) -> Result<Python, String> {
        judge(Ok(Output {
            status: Default::default(),
            stdout: answer.into(),
            stderr: Vec::new(),
        }))
    }

    #[test]
    fn a_new_enough_python_will_do() {
        let python = answers("cpython 3 11 7 gil /opt/my python/bin/python3").unwrap();
        assert_eq!(
            python,
            Python {
                path: "/opt/my python/bin/python3".into(),
                version: (3, 11, 7)
            }
        );
    }

    #[test]
    fn others_are_named_with_the_reason() {
        assert_eq!(
            answers("cpython 2 7 18 gil /usr/bin/python").unwrap_err(),
            "cpython 2.7.18, which is too old"
        );
        assert_eq!(
            answers("cpython 3 10 13 gil /usr/bin/python").unwrap_err(),
            "cpython 3.10.13, which is too old"
        );
        assert_eq!(
            answers("pypy 3 11 1 gil /usr/bin/pypy").unwrap_err(),
            "pypy 3.11.1, which has no CPython inside"
        );
        let free = answers("cpython 3 14 0 free-threaded /usr/bin/python3.14t").unwrap_err();
        assert_eq!(free, "cpython 3.14.0 without GIL, which is not supported");
        assert_eq!(answers("hello").unwrap_err(), "is no Python");
        assert_eq!(answers("").unwrap_err(), "is no Python");
    }

    #[test]
    fn the_error_lists_everything_that_was_tried() {
        let error = find(["dapstub-no-such-python".into(), "cargo".into()])
            .unwrap_err()
            .to_string();
        let lines: Vec<_> = error.lines().collect();
        assert_eq!(lines[0], "no CPython 3.11 or newer found");
        assert_eq!(lines[1], "  dapstub-no-such-python: not found");
        assert!(lines[2].starts_with("  cargo: is no working Python ("), "{error}");
        assert_eq!(lines[3], "set DAPSTUB_PYTHON to the path of one");
    }

    #[test]
    fn the_first_that_will_do_is_taken() {
        let Ok(python) = find(NAMES.map(OsString::from)) else {
            return;
        };
        let again = find(["dapstub-no-such-python".into(), python.path.clone().into()]).unwrap();
        assert_eq!(again.version, python.version);
    }
}
