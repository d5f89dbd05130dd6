//! The messages of the traffic as types for serde, for the libraries that bring only JSON. Written as someone would who
//! cares for speed: strings are borrowed where they have no escapes, and what is not needed is not read.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// A string that borrows. (`Option<Cow<str>>` would not.)
#[derive(Clone, Debug)]
pub struct Str<'a>(pub Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Str<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Cow<'de, str>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        deserializer.deserialize_str(Visitor).map(Str)
    }
}

impl Serialize for Str<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Declares types that are read and written; `?` stands before members that may be absent, with their name on the wire.
macro_rules! types {
    ($($name:ident { $($field:ident: $type:ty = $key:literal,)* $(? $maybe:ident: $optional:ty = $other:literal,)* })*) => {$(
        #[derive(Clone, Debug, Deserialize, Serialize)]
        #[serde(bound(deserialize = "'de: 'a"))]
        #[allow(dead_code, reason = "reading them is the work")]
        pub struct $name<'a> {
            $(#[serde(rename = $key)] pub $field: $type,)*
            $(#[serde(rename = $other, default, skip_serializing_if = "Option::is_none")] pub $maybe: Option<$optional>,)*
            #[serde(skip)]
            lifetime: PhantomData<&'a ()>,
        }
    )*};
}

// Arguments of requests. `L` is a list: on the heap, or of fixed room.

#[derive(Deserialize)]
#[allow(dead_code, reason = "reading them is the work")]
pub struct Attach<'a, L> {
    #[serde(borrow, default)]
    pub name: Option<Str<'a>>,
    #[serde(rename = "justMyCode", default)]
    pub just_my_code: Option<bool>,
    #[serde(rename = "pathMappings")]
    pub path_mappings: L,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "reading them is the work")]
pub struct SetBreakpoints<'a, L> {
    #[serde(borrow)]
    pub source: Source<'a>,
    pub breakpoints: L,
    #[serde(rename = "sourceModified", default)]
    pub source_modified: bool,
}

#[derive(Deserialize)]
pub struct SetFunctionBreakpoints<L> {
    pub breakpoints: L,
}

#[derive(Deserialize)]
pub struct SetExceptionBreakpoints<L> {
    pub filters: L,
}

types! {
    Initialize {
        adapter_id: Str<'a> = "adapterID",
        ? client_id: Str<'a> = "clientID",
        ? client_name: Str<'a> = "clientName",
        ? locale: Str<'a> = "locale",
        ? path_format: Str<'a> = "pathFormat",
        ? lines_start_at1: bool = "linesStartAt1",
        ? columns_start_at1: bool = "columnsStartAt1",
        ? variable_type: bool = "supportsVariableType",
        ? variable_paging: bool = "supportsVariablePaging",
        ? run_in_terminal: bool = "supportsRunInTerminalRequest",
        ? memory_references: bool = "supportsMemoryReferences",
        ? progress: bool = "supportsProgressReporting",
        ? invalidated: bool = "supportsInvalidatedEvent",
        ? memory_event: bool = "supportsMemoryEvent",
        ? shell: bool = "supportsArgsCanBeInterpretedByShell",
        ? start_debugging: bool = "supportsStartDebuggingRequest",
        ? ansi: bool = "supportsANSIStyling",
    }
    Mapping {
        local: Str<'a> = "localRoot",
        remote: Str<'a> = "remoteRoot",
    }
    SourceBreakpoint {
        line: u32 = "line",
        ? column: u32 = "column",
        ? condition: Str<'a> = "condition",
        ? hit_condition: Str<'a> = "hitCondition",
        ? log_message: Str<'a> = "logMessage",
    }
    FunctionBreakpoint {
        name: Str<'a> = "name",
        ? condition: Str<'a> = "condition",
    }
    StackTraceArguments {
        thread: i32 = "threadId",
        ? start: u32 = "startFrame",
        ? levels: u32 = "levels",
    }
    ScopesArguments {
        frame: i32 = "frameId",
    }
    VariablesArguments {
        reference: i32 = "variablesReference",
        ? filter: Str<'a> = "filter",
        ? start: u32 = "start",
        ? count: u32 = "count",
    }
    EvaluateArguments {
        expression: Str<'a> = "expression",
        ? frame: i32 = "frameId",
        ? context: Str<'a> = "context",
    }
    ThreadArguments {
        thread: i32 = "threadId",
        ? single: bool = "singleThread",
        ? granularity: Str<'a> = "granularity",
    }
    DisconnectArguments {
        ? restart: bool = "restart",
        ? terminate: bool = "terminateDebuggee",
    }
}

// Bodies of responses and events.

types! {
    Source {
        ? name: Str<'a> = "name",
        ? path: Str<'a> = "path",
        ? reference: i32 = "sourceReference",
    }
    Filter {
        filter: Str<'a> = "filter",
        label: Str<'a> = "label",
        ? description: Str<'a> = "description",
        ? default: bool = "default",
    }
    Capabilities {
        ? configuration_done: bool = "supportsConfigurationDoneRequest",
        ? functions: bool = "supportsFunctionBreakpoints",
        ? conditions: bool = "supportsConditionalBreakpoints",
        ? hits: bool = "supportsHitConditionalBreakpoints",
        ? hovers: bool = "supportsEvaluateForHovers",
        ? set_variable: bool = "supportsSetVariable",
        ? set_expression: bool = "supportsSetExpression",
        ? goto_targets: bool = "supportsGotoTargetsRequest",
        ? step_in_targets: bool = "supportsStepInTargetsRequest",
        ? completions: bool = "supportsCompletionsRequest",
        ? modules: bool = "supportsModulesRequest",
        ? exception_info: bool = "supportsExceptionInfoRequest",
        ? exception_options: bool = "supportsExceptionOptions",
        ? log_points: bool = "supportsLogPoints",
        ? terminate: bool = "supportsTerminateRequest",
        ? terminate_debuggee: bool = "supportTerminateDebuggee",
        ? delayed: bool = "supportsDelayedStackTraceLoading",
        ? formatting: bool = "supportsValueFormattingOptions",
        ? clipboard: bool = "supportsClipboardContext",
        ? filters: Vec<Filter<'a>> = "exceptionBreakpointFilters",
    }
    Breakpoint {
        verified: bool = "verified",
        ? id: i32 = "id",
        ? message: Str<'a> = "message",
        ? source: Source<'a> = "source",
        ? line: u32 = "line",
    }
    Breakpoints {
        breakpoints: Vec<Breakpoint<'a>> = "breakpoints",
    }
    Frame {
        id: i32 = "id",
        name: Str<'a> = "name",
        line: u32 = "line",
        column: u32 = "column",
        ? source: Source<'a> = "source",
        ? hint: Str<'a> = "presentationHint",
    }
    Stack {
        frames: Vec<Frame<'a>> = "stackFrames",
        ? total: u32 = "totalFrames",
    }
    Variable {
        name: Str<'a> = "name",
        value: Str<'a> = "value",
        reference: i32 = "variablesReference",
        ? kind: Str<'a> = "type",
        ? evaluate: Str<'a> = "evaluateName",
    }
    Variables {
        variables: Vec<Variable<'a>> = "variables",
    }
    Thread {
        id: i32 = "id",
        name: Str<'a> = "name",
    }
    Threads {
        threads: Vec<Thread<'a>> = "threads",
    }
    Scope {
        name: Str<'a> = "name",
        reference: i32 = "variablesReference",
        expensive: bool = "expensive",
        ? hint: Str<'a> = "presentationHint",
    }
    Scopes {
        scopes: Vec<Scope<'a>> = "scopes",
    }
    Evaluated {
        result: Str<'a> = "result",
        reference: i32 = "variablesReference",
        ? kind: Str<'a> = "type",
    }
    Continued {
        ? all: bool = "allThreadsContinued",
    }
    Output {
        output: Str<'a> = "output",
        ? category: Str<'a> = "category",
        ? source: Source<'a> = "source",
        ? line: u32 = "line",
    }
    Stopped {
        reason: Str<'a> = "reason",
        ? thread: i32 = "threadId",
        ? all: bool = "allThreadsStopped",
    }
}

macro_rules! bodies {
    ($($name:literal => $variant:ident,)*) => {
        #[derive(Serialize)]
        #[serde(untagged)]
        pub enum Body<'a> {
            $($variant($variant<'a>),)*
        }

        impl<'a> Body<'a> {
            /// The body of the response to a command, or of an event.
            pub fn read(name: &str, json: &'a str) -> Option<Self> {
                match name {
                    $($name => serde_json::from_str(json).ok().map(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}
bodies! {
    "initialize" => Capabilities,
    "stackTrace" => Stack,
    "variables" => Variables,
    "threads" => Threads,
    "scopes" => Scopes,
    "evaluate" => Evaluated,
    "continue" => Continued,
    "output" => Output,
    "stopped" => Stopped,
    "setBreakpoints" => Breakpoints,
}

/// A response or an event, to be written.
#[derive(Serialize)]
pub struct Reply<'a> {
    seq: u32,
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_seq: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    success: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Body<'a>>,
}

impl<'a> Reply<'a> {
    pub fn read(json: &'a [u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Head<'a> {
            seq: u32,
            #[serde(rename = "type")]
            kind: &'a str,
            request_seq: Option<u32>,
            success: Option<bool>,
            command: Option<&'a str>,
            event: Option<&'a str>,
            #[serde(borrow)]
            body: Option<&'a RawValue>,
        }
        let head: Head<'a> = serde_json::from_slice(json).ok()?;
        let name = match head.command.or(head.event)? {
            "setFunctionBreakpoints" => "setBreakpoints",
            name => name,
        };
        let body = match head.body {
            Some(body) => Some(Body::read(name, body.get())?),
            None => None,
        };
        Some(Self {
            seq: head.seq,
            kind: head.kind,
            request_seq: head.request_seq,
            success: head.success,
            command: head.command,
            event: head.event,
            body,
        })
    }
}
