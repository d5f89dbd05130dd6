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
    /// The exits that are stopped at, as other exceptions are.
    pub(crate) exits: Exits,
    /// How groups of variables are shown (`variablePresentation`).
    pub(crate) presentation: Presentation,
}

/// Which exits (`SystemExit`) are exceptions to stop at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Exits {
    /// These only (`breakOnSystemExit`); `None`: those that tell of a failure.
    chosen: Option<Vec<Exit>>,
    /// Those that tell of success too (`breakOnSystemExitZero`).
    zero: bool,
    /// Web servers that load themselves anew leave with 3, which is no failure (`django`, `flask`, `jinja`).
    serves: bool,
}

impl Exits {
    /// Whether an exit with this status is one to stop at: `None` for `sys.exit()`, an error for what is no number and
    /// gets printed.
    pub(crate) fn stop_at(&self, status: Option<Result<i64, ()>>) -> bool {
        match (&self.chosen, status) {
            (Some(chosen), None) => chosen.contains(&Exit::Bare),
            (_, Some(Err(()))) => true,
            (Some(chosen), Some(Ok(code))) => {
                let fits = |exit: &Exit| matches!(exit, Exit::Codes(from, to) if (*from..=*to).contains(&code));
                chosen.iter().any(fits)
            }
            (None, None | Some(Ok(0))) => self.zero,
            (None, Some(Ok(code))) => self.zero || !(self.serves && code == 3),
        }
    }
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
    pub(crate) fn read(members: &Map<String, Value>, options: &DebugOptions) -> Result<Self, String> {
        let either = |name: &str, option: &str| -> Result<bool, String> {
            Ok(flag(members, name)?.or(options.flag(option)).unwrap_or(false))
        };
        for name in IGNORED_FLAGS {
            flag(members, name)?;
        }
        for (name, expected, fits) in IGNORED {
            match members.get(name) {
                None | Some(Value::Null) => {}
                Some(value) if fits(value) => {}
                Some(other) => return Err(self::expected(name, expected, other)),
            }
        }
        let flask = flag(members, "jinja")?.or(flag(members, "flask")?);
        let serves = either("django", "DJANGO_DEBUG")? || flask.or(options.flag("FLASK_DEBUG")).unwrap_or(false);
        Ok(Self {
            redirect_output: either("redirectOutput", "REDIRECT_OUTPUT")?,
            show_return_value: either("showReturnValue", "SHOW_RETURN_VALUE")?,
            stop_on_entry: either("stopOnEntry", "STOP_ON_ENTRY")?,
            steps_alone: flag(members, "steppingResumesAllThreads")? == Some(false),
            max_exception_frames: count(members, "maxExceptionStackFrames")?,
            exits: Exits {
                chosen: exits(members)?,
                zero: either("breakOnSystemExitZero", "BREAK_SYSTEMEXIT_ZERO")?,
                serves,
            },
            presentation: presentation(members)?,
        })
    }
}

/// Members that are checked, and mean nothing to a program that is attached to.
const IGNORED_FLAGS: [&str; 4] = [
    "subProcess",
    "stopAllThreadsOnSuspend",
    "terminateChildProcesses",
    "resolveSymlinks",
];

/// Whether a value is of a type.
type Fits = fn(&Value) -> bool;

/// The same for members of other types: what is expected, and whether a value is that.
const IGNORED: [(&str, &str, Fits); 3] = [
    ("clientOS", "a string", Value::is_string),
    ("guiEventLoop", "a string", Value::is_string),
    ("autoReload", "an object", Value::is_object),
];

/// `options` (`"REDIRECT_OUTPUT=True;..."`), or where there are none `debugOptions` (`["RedirectOutput", ...]`): the older
/// ways to say what has members of its own today, which count more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DebugOptions {
    pairs: Vec<(String, bool)>,
}

/// The words of `debugOptions` and what they are called in `options`. Those that wait for a key at the end, or are about
/// the client's system, mean nothing here.
const WORDS: [(&str, &str); 13] = [
    ("RedirectOutput", "REDIRECT_OUTPUT"),
    ("WaitOnNormalExit", "WAIT_ON_NORMAL_EXIT"),
    ("WaitOnAbnormalExit", "WAIT_ON_ABNORMAL_EXIT"),
    ("BreakOnSystemExitZero", "BREAK_SYSTEMEXIT_ZERO"),
    ("Django", "DJANGO_DEBUG"),
    ("Flask", "FLASK_DEBUG"),
    ("Jinja", "FLASK_DEBUG"),
    ("FixFilePathCase", "FIX_FILE_PATH_CASE"),
    ("DebugStdLib", "DEBUG_STDLIB"),
    ("StopOnEntry", "STOP_ON_ENTRY"),
    ("ShowReturnValue", "SHOW_RETURN_VALUE"),
    ("Multiprocess", "MULTIPROCESS"),
    ("WindowsClient", "CLIENT_OS_TYPE"),
];

impl DebugOptions {
    /// Reads them from the arguments. Unknown words are of no account.
    ///
    /// # Errors
    ///
    /// A sentence: which member is wrong, and what was expected.
    pub(crate) fn read(members: &Map<String, Value>) -> Result<Self, String> {
        let words = debug_options(members)?;
        let text = match members.get("options") {
            None | Some(Value::Null) => "",
            Some(Value::String(text)) => text,
            Some(other) => return Err(expected("options", "a string of KEY=value;...", other)),
        };
        let mut pairs = Vec::new();
        if text.is_empty() {
            let known = WORDS.iter().filter(|(word, _)| words.contains(word));
            pairs.extend(known.map(|(_, key)| ((*key).to_owned(), true)));
        } else {
            for (key, value) in text.split(';').filter_map(|option| option.split_once('=')) {
                pairs.push((key.to_owned(), matches!(value, "True" | "true" | "1")));
            }
        }
        Ok(Self { pairs })
    }

    /// What they say of a flag; the last one counts.
    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        let said = self.pairs.iter().rev().find(|(name, _)| name == key);
        said.map(|(_, value)| *value)
    }
}

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
fn exits(members: &Map<String, Value>) -> Result<Option<Vec<Exit>>, String> {
    let list = match members.get("breakOnSystemExit") {
        None | Some(Value::Null) => return Ok(None),
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
    list.iter().enumerate().map(read).collect::<Result<_, _>>().map(Some)
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
