//! The members of `attach` that change what a session shows and where it stops, beyond paths and `justMyCode`.

use serde_json::{Map, Value};

/// What a client chose; what it does not say is as debugpy has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choices {
    /// What the program writes to its standard streams is sent as `output` events (`redirectOutput`).
    pub(crate) redirect_output: bool,
    /// What functions returned during a step is shown after it (`showReturnValue`).
    pub(crate) show_return_value: bool,
    /// A program that waits for the client stops at its next line (`stopOnEntry`).
    pub(crate) stop_on_entry: bool,
    /// A step lets only its own thread run (`steppingResumesAllThreads: false`).
    pub(crate) steps_alone: bool,
    /// How many frames of a stack stand in the text of an exception, 0 for all (`maxExceptionStackFrames`).
    pub(crate) max_exception_frames: usize,
    /// The exits that are stopped at, with the filter for uncaught exceptions (`breakOnSystemExit`,
    /// `breakOnSystemExitZero`).
    pub(crate) exits: Vec<Exit>,
    /// How groups of variables are shown (`variablePresentation`).
    pub(crate) presentation: Presentation,
}

/// Statuses of `SystemExit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Without a status: `sys.exit()`.
    Bare,
    /// From one to another, both included.
    Codes(i64, i64),
}

/// How the four groups that debugpy knows are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Presentation {
    /// `__names__` of the language.
    pub(crate) special: Shown,
    pub(crate) function: Shown,
    pub(crate) class: Shown,
    /// `_names` with an underscore.
    pub(crate) protected: Shown,
}

/// How one group is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Behind a child of its own.
    Grouped,
    /// Among the others.
    Inline,
    /// Not at all.
    Hidden,
}

impl Choices {
    /// Reads them from the arguments.
    ///
    /// # Errors
    ///
    /// A sentence: which member is wrong, and what was expected.
    pub(crate) fn read(members: &Map<String, Value>) -> Result<Self, String> {
        let options = debug_options(members)?;
        let either = |name: &str, option: &str| -> Result<bool, String> {
            Ok(flag(members, name)?.unwrap_or_else(|| options.contains(&option)))
        };
        let mut exits = exits(members)?;
        if either("breakOnSystemExitZero", "BreakOnSystemExitZero")? {
            exits.extend([Exit::Codes(0, 0), Exit::Bare]);
        }
        for name in IGNORED_FLAGS {
            flag(members, name)?;
        }
        Ok(Self {
            redirect_output: either("redirectOutput", "RedirectOutput")?,
            show_return_value: either("showReturnValue", "ShowReturnValue")?,
            stop_on_entry: either("stopOnEntry", "StopOnEntry")?,
            steps_alone: flag(members, "steppingResumesAllThreads")? == Some(false),
            max_exception_frames: count(members, "maxExceptionStackFrames")?,
            exits,
            presentation: presentation(members)?,
        })
    }
}

/// Members that are checked, and mean nothing to a program that is attached to.
const IGNORED_FLAGS: [&str; 6] = [
    "django",
    "jinja",
    "flask",
    "subProcess",
    "stopAllThreadsOnSuspend",
    "terminateChildProcesses",
];

fn flag(members: &Map<String, Value>, name: &str) -> Result<Option<bool>, String> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(other) => Err(expected(name, "true or false", other)),
    }
}

fn count(members: &Map<String, Value>, name: &str) -> Result<usize, String> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(0),
        Some(value) => value
            .as_u64()
            .map(|value| usize::try_from(value).unwrap_or(usize::MAX))
            .ok_or_else(|| expected(name, "a number of frames, 0 for all", value)),
    }
}

/// The words of `debugOptions`; unknown ones are of no account.
fn debug_options(members: &Map<String, Value>) -> Result<Vec<&str>, String> {
    match members.get("debugOptions") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(words)) => words
            .iter()
            .enumerate()
            .map(|(index, word)| {
                word.as_str()
                    .ok_or_else(|| expected(&format!("debugOptions[{index}]"), "a string", word))
            })
            .collect(),
        Some(other) => Err(expected("debugOptions", "an array of strings", other)),
    }
}

/// `[1, null, {"from": 3, "to": 10}]`
fn exits(members: &Map<String, Value>) -> Result<Vec<Exit>, String> {
    let list = match members.get("breakOnSystemExit") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(other) => return Err(expected("breakOnSystemExit", "an array", other)),
    };
    let read = |(index, item): (usize, &Value)| {
        let range = || Some((item.get("from")?.as_i64()?, item.get("to")?.as_i64()?));
        match item {
            Value::Null => Ok(Exit::Bare),
            _ => item
                .as_i64()
                .map(|code| (code, code))
                .or_else(range)
                .map(|(from, to)| Exit::Codes(from, to))
                .ok_or_else(|| {
                    let name = format!("breakOnSystemExit[{index}]");
                    expected(
                        &name,
                        "an exit status, null, or an object with \"from\" and \"to\"",
                        item,
                    )
                }),
        }
    };
    list.iter().enumerate().map(read).collect()
}

impl Default for Presentation {
    /// What debugpy shows when nothing is said.
    fn default() -> Self {
        Self {
            special: Shown::Grouped,
            function: Shown::Grouped,
            class: Shown::Grouped,
            protected: Shown::Inline,
        }
    }
}

fn presentation(members: &Map<String, Value>) -> Result<Presentation, String> {
    let mut all = Presentation::default();
    let groups = match members.get("variablePresentation") {
        None | Some(Value::Null) => return Ok(all),
        Some(Value::Object(groups)) => groups,
        Some(other) => return Err(expected("variablePresentation", "an object", other)),
    };
    let word = |name: &str| match groups.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(word)) if word == "group" => Ok(Some(Shown::Grouped)),
        Some(Value::String(word)) if word == "inline" => Ok(Some(Shown::Inline)),
        Some(Value::String(word)) if word == "hide" => Ok(Some(Shown::Hidden)),
        Some(_) => Err(format!(
            "arguments.variablePresentation.{name}: expected \"group\", \"inline\" or \"hide\""
        )),
    };
    if let Some(shown) = word("all")? {
        all = Presentation {
            special: shown,
            function: shown,
            class: shown,
            protected: shown,
        };
    }
    let slots = [
        ("special", &mut all.special),
        ("function", &mut all.function),
        ("class", &mut all.class),
        ("protected", &mut all.protected),
    ];
    for (name, slot) in slots {
        *slot = word(name)?.unwrap_or(*slot);
    }
    Ok(all)
}

fn expected(name: &str, what: &str, found: &Value) -> String {
    let kind = crate::attach::kind(found);
    format!("arguments.{name}: expected {what}, found {kind}")
}
