//! What a client says in `attach` (or `launch`): the members of its launch.json that concern an attached program.

use dapstub::Failure;
use dapstub::failure::id::BAD_ARGUMENTS;
use dapstub_host::PathMappings;
use serde_json::{Map, Value};

use crate::choices::{Choices, DebugOptions};
use crate::rules::Rules;

/// What the program's own configuration says for clients that say nothing themselves.
#[derive(Clone, Debug, Default)]
pub(crate) struct Defaults {
    /// Pairs of the client's folder and the one on this side, for a client without `pathMappings`.
    pub(crate) path_mappings: Vec<(String, String)>,
    /// For a client with neither `justMyCode` nor `debugStdLib`. `None`: nothing was configured.
    pub(crate) just_my_code: Option<bool>,
}

/// The options of one session.
#[derive(Debug)]
pub(crate) struct AttachOptions {
    /// Where the client's folders lie on this side.
    pub(crate) path_mappings: PathMappings,
    /// Whether library code is left out of stops and steps (`justMyCode`; `debugStdLib` is its older opposite).
    pub(crate) just_my_code: bool,
    /// What is shown and what is passed over besides (`rules`).
    pub(crate) rules: Rules,
    /// `onTerminate: "KeyboardInterrupt"`: `terminate` interrupts the program as Ctrl-C does.
    pub(crate) terminate_by_interrupt: bool,
    /// `startMethod` of the `process` event.
    pub(crate) start_method: &'static str,
    /// What is shown, and where it stops besides.
    pub(crate) choices: Choices,
}

impl AttachOptions {
    /// Reads the raw arguments. Members that mean nothing to an attached program are ignored: `connect`, `host` and
    /// `port` among them, which were for the editor. `defaults` counts where a member is absent or null, and for an
    /// empty `pathMappings`.
    ///
    /// # Errors
    ///
    /// A member of the wrong type, by name, with what was expected.
    pub(crate) fn read(raw: &[u8], start_method: &'static str, defaults: &Defaults) -> Result<Self, Failure> {
        let bad = |text: &str| Failure::new(BAD_ARGUMENTS, text).shown();
        let members: Map<String, Value> = if raw.is_empty() {
            Map::new()
        } else {
            serde_json::from_slice(raw).map_err(|error| bad(&format!("arguments: {error}")))?
        };
        let flag = |name: &str| match members.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(*value)),
            Some(other) => Err(bad(&format!(
                "arguments.{name}: expected true or false, found {}",
                kind(other)
            ))),
        };
        let debug_stdlib = flag("debugStdLib")?;
        let options = DebugOptions::read(&members).map_err(|text| bad(&text))?;
        let said = flag("justMyCode")?
            .or(debug_stdlib.map(|all| !all))
            .or(options.flag("DEBUG_STDLIB").map(|all| !all));
        let just_my_code = said.or(defaults.just_my_code).unwrap_or(true);
        let terminate_by_interrupt = match members.get("onTerminate") {
            None | Some(Value::Null) => false,
            Some(Value::String(word)) if word == "kill" => false,
            Some(Value::String(word)) if word == "KeyboardInterrupt" => true,
            Some(_) => return Err(bad("arguments.onTerminate: expected \"kill\" or \"KeyboardInterrupt\"")),
        };
        let mut pairs = match members.get("pathMappings") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) => {
                let pairs = items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| pair(index, item).map_err(|text| bad(&text)));
                pairs.collect::<Result<Vec<_>, _>>()?
            }
            Some(other) => {
                return Err(bad(&format!(
                    "arguments.pathMappings: expected an array, found {}",
                    kind(other)
                )));
            }
        };
        if pairs.is_empty() {
            pairs.clone_from(&defaults.path_mappings);
        }
        let choices = Choices::read(&members, &options).map_err(|text| bad(&text))?;
        let rules = Rules::read(&members).map_err(|text| bad(&text))?;
        let here = std::env::current_dir()
            .map(|path| path.to_string_lossy().into_owned())
            .unwrap_or_default();
        let path_mappings = PathMappings::new(pairs, &here);
        Ok(Self {
            path_mappings,
            just_my_code,
            rules,
            terminate_by_interrupt,
            start_method,
            choices,
        })
    }
}

/// One element of `pathMappings`.
fn pair(index: usize, item: &Value) -> Result<(String, String), String> {
    let member = |name: &str| match item.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(other) => Err(format!(
            "arguments.pathMappings[{index}].{name}: expected a string, found {}",
            kind(other)
        )),
        None => Err(format!("arguments.pathMappings[{index}].{name} is missing")),
    };
    if !item.is_object() {
        return Err(format!(
            "arguments.pathMappings[{index}]: expected an object, found {}",
            kind(item)
        ));
    }
    Ok((member("localRoot")?, member("remoteRoot")?))
}

pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
