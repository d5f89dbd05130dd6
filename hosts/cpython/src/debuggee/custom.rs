//! Requests that are debugpy's own, as far as editors send them.

use dapstub::Failure;
use dapstub::debuggee::Outcome;
use dapstub::failure::id;
use dapstub::output::Output;
use dapstub::session::Request;
use pyo3::prelude::*;
use serde_json::{Map, Value, json};

use super::PythonDebuggee;
use crate::{modules, properties};

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
                set_properties(request)?;
                return Ok(Outcome::Done);
            }
            "setPydevdSourceMap" => {
                self.map_source(request)?;
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

/// The arguments of a request as an object.
pub(super) fn members(request: &Request<'_>) -> Result<Map<String, Value>, Failure> {
    let raw = request.arguments().raw();
    let text = if raw.is_empty() { "{}" } else { raw };
    serde_json::from_str(text).map_err(|error| Failure::format(id::BAD_ARGUMENTS, format_args!("arguments: {error}")))
}

/// A member is not what was expected.
pub(super) fn unexpected(name: &str, expected: &str, found: &Value) -> Failure {
    let kind = crate::attach::kind(found);
    Failure::format(
        id::BAD_ARGUMENTS,
        format_args!("arguments.{name}: expected {expected}, found {kind}"),
    )
}

/// Sets the properties that have an effect. `ideOS` has none, because paths are read by their own form, and neither has
/// `multiThreadsSingleNotification`: there is one for all threads.
fn set_properties(request: &Request<'_>) -> Result<(), Failure> {
    let members = members(request)?;
    if let Some(value) = members
        .get("ideOS")
        .filter(|value| !value.is_string() && !value.is_null())
    {
        return Err(unexpected("ideOS", "a string", value));
    }
    if let Some(value) = members
        .get("multiThreadsSingleNotification")
        .filter(|value| !value.is_boolean() && !value.is_null())
    {
        return Err(unexpected("multiThreadsSingleNotification", "true or false", value));
    }
    let words = |name: &str| match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(list)) if list.iter().all(Value::is_string) => Ok(Some(
            list.iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        )),
        Some(other) => Err(unexpected(name, "an array of strings", other)),
    };
    let patterns = words("dontTraceStartPatterns")?.zip(words("dontTraceEndPatterns")?);
    let (suspend, print) = (
        words("skipSuspendOnBreakpointException")?,
        words("skipPrintBreakpointException")?,
    );
    properties::change(|properties| {
        if let Some((starts, ends)) = patterns {
            (properties.starts, properties.ends) = (starts, ends);
        }
        properties.skip_suspend = suspend.or(properties.skip_suspend.take());
        properties.skip_print = print.or(properties.skip_print.take());
    });
    Ok(())
}
