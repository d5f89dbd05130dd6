//! Requests that are debugpy's own, as far as editors send them.

use dapstub::Failure;
use dapstub::debuggee::Outcome;
use dapstub::failure::id;
use dapstub::output::Output;
use dapstub::session::Request;
use pyo3::prelude::*;
use serde_json::{Map, Value, json};

use super::PythonDebuggee;
use crate::modules;

impl PythonDebuggee<'_> {
    pub(super) fn carry_out_custom(
        &mut self,
        request: &Request<'_>,
        body: &mut dyn Output,
    ) -> Result<Outcome, Failure> {
        let name: String = request.command_str().chars().collect();
        let answer = match name.as_str() {
            "debugpySystemInfo" => {
                let mut info = self.system_info()?;
                info["debugpy"] = json!({"version": env!("CARGO_PKG_VERSION"), "implementation": "dapstub"});
                info
            }
            "pydevdSystemInfo" => self.system_info()?,
            "setDebuggerProperty" => {
                check_properties(request)?;
                return Ok(Outcome::Done);
            }
            _ => return Err(Failure::not_supported(request.command_str())),
        };
        body.push(answer.to_string().as_bytes())?;
        Ok(Outcome::Done)
    }

    fn system_info(&mut self) -> Result<Value, Failure> {
        system_info(self.py).map_err(|error| self.refuse_error(&error))
    }
}

/// What debugpy tells of the interpreter and its process.
pub(crate) fn system_info(py: Python<'_>) -> PyResult<Value> {
    let sys = modules::sys(py)?;
    let (major, minor, micro, level, serial): (u8, u8, u8, String, u8) = sys.getattr("version_info")?.extract()?;
    let version = format!("{major}.{minor}.{micro}{level}{serial}");
    let name: String = sys.getattr("implementation")?.getattr("name")?.extract()?;
    let executable: Option<String> = sys.getattr("executable")?.extract()?;
    let description = if name == "cpython" { "CPython" } else { name.as_str() };
    Ok(json!({
        "python": {
            "version": version,
            "implementation": {"name": name, "version": version, "description": description},
        },
        "platform": {"name": sys.getattr("platform")?.extract::<String>()?},
        "process": {
            "pid": std::process::id(),
            "ppid": parent(),
            "executable": executable.unwrap_or_default(),
            "bitness": usize::BITS,
        },
        // Neither exists here: the engine is native code, whatever the version.
        "pydevd": {"usingCython": false, "usingFrameEval": false},
    }))
}

/// The process that started this one.
fn parent() -> u32 {
    #[cfg(unix)]
    return std::os::unix::process::parent_id();
    #[cfg(not(unix))]
    0
}

/// The properties ask for what is so anyway (one notification for all threads, a stop where a condition fails), or
/// concern debugpy's own machinery. They are checked, and have no effect.
fn check_properties(request: &Request<'_>) -> Result<(), Failure> {
    let raw = request.arguments().raw();
    let text = if raw.is_empty() { "{}" } else { raw };
    let members: Map<String, Value> = serde_json::from_str(text)
        .map_err(|error| Failure::format(id::BAD_ARGUMENTS, format_args!("arguments: {error}")))?;
    for (name, value) in &members {
        let expected = match name.as_str() {
            "ideOS" if !value.is_string() => "a string",
            "dontTraceStartPatterns" | "dontTraceEndPatterns"
                if !value.as_array().is_some_and(|list| list.iter().all(Value::is_string)) =>
            {
                "an array of strings"
            }
            "multiThreadsSingleNotification" if !value.is_boolean() => "true or false",
            "skipSuspendOnBreakpointException" | "skipPrintBreakpointException"
                if !value.is_boolean() && !value.is_array() =>
            {
                "true, false or an array"
            }
            _ => continue,
        };
        let kind = crate::attach::kind(value);
        return Err(Failure::format(
            id::BAD_ARGUMENTS,
            format_args!("arguments.{name}: expected {expected}, found {kind}"),
        ));
    }
    Ok(())
}
