mod every_ability;

use super::*;
use crate::frame::{Progress, Receiver, decode};
use crate::io::{Client, End, Program, ServeError, Turn, serve};
use crate::json::ToJson;
use crate::protocol::{
    Breakpoint, Capabilities, Command, EvaluateArguments, EvaluateResponse, ExceptionBreakpointsFilter, NextArguments,
    Scope, SetBreakpointsArguments, StackFrame, StepInArguments, StepOutArguments, StopReason, StoppedEvent, Thread,
    Variable,
};
use crate::session::{Session, Ticket};
use std::collections::VecDeque;
use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

/// A program of one variable that counts, with whatever abilities a test wants.
#[derive(Default)]
struct Counter {
    able: bool,
    n: i64,
    running: bool,
    stop_at: Option<i64>,
    kept: Option<Ticket>,
    left: bool,
}

impl Counter {
    fn filters() -> &'static [ExceptionBreakpointsFilter<'static>] {
        const FILTER: ExceptionBreakpointsFilter<'static> = ExceptionBreakpointsFilter {
            filter: crate::json::Text::plain("all"),
            label: crate::json::Text::plain("All"),
            description: None,
            default: false,
            supports_condition: false,
            condition_description: None,
        };
        &[FILTER]
    }
}

impl Debuggee for Counter {
    fn threads(&mut self, threads: &mut Threads<'_>) -> Result<Outcome, Failure> {
        threads.push(&Thread {
            id: 1,
            name: "main".into(),
        })?;
        Ok(Outcome::Done)
    }

    fn stack_trace(&mut self, arguments: &StackTraceArguments, frames: &mut Frames<'_>) -> Result<Outcome, Failure> {
        for id in (1..=100).skip(arguments.skip()).take(arguments.take()) {
            let name = format!("f{id}");
            let frame = StackFrame {
                id,
                name: name.as_str().into(),
                line: 5,
                ..Default::default()
            };
            // As many as fit: the client asks for the rest, for it is told how many there are.
            if frames.push(&frame).is_err() {
                break;
            }
        }
        frames.set_total(100);
        Ok(Outcome::Done)
    }

    fn scopes(&mut self, arguments: &ScopesArguments, scopes: &mut Scopes<'_>) -> Result<Outcome, Failure> {
        if arguments.frame_id != 1 {
            return Err(Failure::format(1000, format_args!("no frame {}", arguments.frame_id)));
        }
        scopes.push(&Scope {
            name: "Locals".into(),
            variables_reference: 1,
            ..Default::default()
        })?;
        Ok(Outcome::Done)
    }

    fn variables(&mut self, _: &VariablesArguments, variables: &mut Variables<'_>) -> Result<Outcome, Failure> {
        for _ in 0..50 {
            let value = self.n.to_string();
            variables.push(&Variable {
                name: "n".into(),
                value: value.as_str().into(),
                ..Default::default()
            })?;
        }
        Ok(Outcome::Done)
    }

    fn resume(&mut self, _: &ContinueArguments) -> Result<ContinueResponse, Failure> {
        self.running = true;
        Ok(ContinueResponse::default())
    }

    fn disconnect(&mut self, _: &DisconnectArguments) -> Result<Outcome, Failure> {
        self.left = true;
        Ok(Outcome::Done)
    }

    fn line_breakpoints(&mut self) -> Option<&mut dyn LineBreakpoints> {
        if self.able { Some(self) } else { None }
    }

    fn exception_breakpoints(&mut self) -> Option<&mut dyn ExceptionBreakpoints> {
        if self.able { Some(self) } else { None }
    }

    fn stepping(&mut self) -> Option<&mut dyn Stepping> {
        if self.able { Some(self) } else { None }
    }

    fn evaluate(&mut self) -> Option<&mut dyn Evaluate> {
        if self.able { Some(self) } else { None }
    }
}

impl LineBreakpoints for Counter {
    fn set_breakpoints(
        &mut self,
        arguments: &SetBreakpointsArguments<'_>,
        list: &mut Breakpoints<'_>,
    ) -> Result<Outcome, Failure> {
        for wanted in arguments.requested() {
            self.stop_at = i64::try_from(wanted.line).ok();
            list.push(&Breakpoint {
                verified: true,
                line: Some(wanted.line),
                ..Default::default()
            })?;
        }
        Ok(Outcome::Done)
    }

    fn conditions(&self) -> bool {
        true
    }
}

impl ExceptionBreakpoints for Counter {
    fn filters(&self) -> &'static [ExceptionBreakpointsFilter<'static>] {
        Counter::filters()
    }

    fn set_exception_breakpoints(
        &mut self,
        _: &crate::protocol::SetExceptionBreakpointsArguments<'_>,
        _: &mut Breakpoints<'_>,
    ) -> Result<Outcome, Failure> {
        Ok(Outcome::Done)
    }
}

impl Stepping for Counter {
    fn next(&mut self, _: &NextArguments) -> Result<Outcome, Failure> {
        self.n += 1;
        Ok(Outcome::Done)
    }

    fn step_in(&mut self, _: &StepInArguments) -> Result<Outcome, Failure> {
        Ok(Outcome::Done)
    }

    fn step_out(&mut self, _: &StepOutArguments) -> Result<Outcome, Failure> {
        Ok(Outcome::Later)
    }
}

impl Evaluate for Counter {
    fn evaluate(&mut self, arguments: &EvaluateArguments<'_>, answer: &mut Evaluation<'_>) -> Result<Outcome, Failure> {
        match arguments.expression.as_str() {
            Some("n") => {
                let result = self.n.to_string();
                answer.give(&EvaluateResponse {
                    result: "wrong".into(),
                    ..Default::default()
                })?;
                answer.give(&EvaluateResponse {
                    result: result.as_str().into(),
                    ..Default::default()
                })?;
                Ok(Outcome::Done)
            }
            Some("later") => Ok(Outcome::Later),
            _ => Ok(Outcome::Done),
        }
    }
}

impl Program for Counter {
    fn turn(&mut self, client: &mut dyn Client) -> Turn {
        if let Some(ticket) = self.kept.take() {
            client
                .respond(ticket, b"{\"result\":\"late\",\"variablesReference\":0}")
                .unwrap();
        }
        if !self.running {
            return Turn::Stopped;
        }
        self.n += 1;
        if Some(self.n) == self.stop_at {
            self.running = false;
            let stopped = StoppedEvent {
                reason: StopReason::Breakpoint,
                thread_id: Some(1),
                ..Default::default()
            };
            client.report(stopped).unwrap();
        }
        Turn::Running
    }

    fn keep(&mut self, ticket: Ticket) {
        self.kept = Some(ticket);
    }
}

/// What `dispatch` makes of one request: the body, or the text of the failure.
fn dispatched(counter: &mut Counter, command: &str, arguments: &str) -> Result<(Outcome, String), String> {
    let body = format!(r#"{{"seq":1,"type":"request","command":"{command}","arguments":{arguments}}}"#);
    let request = Request::parse(body.as_bytes()).unwrap();
    let mut out = heapless::Vec::<u8, 512>::new();
    let outcome = dispatch(counter, &request, &mut out).map_err(|failure| failure.text().to_string())?;
    Ok((outcome, String::from_utf8(out.to_vec()).unwrap()))
}

#[test]
fn capabilities_are_what_is_implemented() {
    assert_eq!(
        capabilities_of(&mut Counter::default()),
        Capabilities {
            supports_configuration_done_request: true,
            supports_delayed_stack_trace_loading: true,
            ..Default::default()
        }
    );
    let (_, body) = dispatched(
        &mut Counter {
            able: true,
            ..Default::default()
        },
        "initialize",
        r#"{"adapterID":"x"}"#,
    )
    .unwrap();
    assert_eq!(
        body,
        r#"{"supportsConfigurationDoneRequest":true,"supportsConditionalBreakpoints":true,"exceptionBreakpointFilters":[{"filter":"all","label":"All"}],"supportsDelayedStackTraceLoading":true}"#
    );
}

#[test]
fn what_is_not_implemented_is_not_supported() {
    let mut counter = Counter::default();
    for command in Command::ALL {
        let result = dispatched(&mut counter, command.as_str(), r#"{"threadId":1,"adapterID":"x"}"#);
        let required = [
            Command::Initialize,
            Command::Attach,
            Command::Launch,
            Command::ConfigurationDone,
            Command::Disconnect,
            Command::Threads,
            Command::StackTrace,
            Command::Continue,
        ];
        match command {
            Command::Scopes => assert_eq!(result, Err("arguments: member `frameId` is missing".into())),
            Command::Variables => assert_eq!(result, Err("arguments: member `variablesReference` is missing".into())),
            command if required.contains(command) => assert!(result.is_ok(), "{command}"),
            command => assert_eq!(result, Err(format!("request `{command}` is not supported"))),
        }
    }
    assert_eq!(
        dispatched(&mut counter, "myOwn", "{}"),
        Err("request `myOwn` is not supported".into())
    );
}

#[test]
fn lists_and_answers_are_written_at_once() {
    let mut counter = Counter {
        able: true,
        n: 7,
        ..Default::default()
    };
    let done = |body: &str| Ok((Outcome::Done, body.to_string()));
    assert_eq!(
        dispatched(&mut counter, "threads", "null"),
        done(r#"{"threads":[{"id":1,"name":"main"}]}"#)
    );
    assert_eq!(
        dispatched(
            &mut counter,
            "stackTrace",
            r#"{"threadId":1,"startFrame":1,"levels":2}"#
        ),
        done(
            r#"{"stackFrames":[{"id":2,"name":"f2","line":5,"column":0},{"id":3,"name":"f3","line":5,"column":0}],"totalFrames":100}"#
        )
    );
    assert_eq!(
        dispatched(&mut counter, "scopes", r#"{"frameId":9}"#),
        Err("no frame 9".into())
    );
    assert_eq!(
        dispatched(&mut counter, "evaluate", r#"{"expression":"n"}"#),
        done(r#"{"result":"7","variablesReference":0}"#)
    );
    assert_eq!(
        dispatched(&mut counter, "evaluate", r#"{"expression":"m"}"#),
        Err("the debuggee gave no answer".into())
    );
    assert_eq!(
        dispatched(&mut counter, "evaluate", "[]"),
        Err("arguments: expected an object, found an array".into())
    );
    assert_eq!(dispatched(&mut counter, "next", r#"{"threadId":1}"#), done(""));
    assert_eq!(dispatched(&mut counter, "continue", r#"{"threadId":1}"#), done("{}"));
    assert_eq!(
        dispatched(&mut counter, "setExceptionBreakpoints", r#"{"filters":[]}"#),
        done(r#"{"breakpoints":[]}"#)
    );
}

#[test]
fn list_that_is_too_long_ends_whole_or_fails() {
    let mut counter = Counter {
        able: true,
        ..Default::default()
    };
    // `stack_trace` ends its list where the room does.
    let (_, body) = dispatched(&mut counter, "stackTrace", r#"{"threadId":1}"#).unwrap();
    let json: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert!((8..15).contains(&json["stackFrames"].as_array().unwrap().len()) && json["totalFrames"] == 100);
    // `variables` passes the error on.
    assert_eq!(
        dispatched(&mut counter, "variables", r#"{"variablesReference":1}"#),
        Err("the answer does not fit into the output of this server".into())
    );
}

/// A connection of which one side is a script: a byte stream to read, and one that was written.
struct Pipe {
    input: VecDeque<u8>,
    output: Vec<u8>,
    /// Every second time, no byte waits, so the program gets its turn.
    ready: bool,
}

impl embedded_io::ErrorType for Pipe {
    type Error = core::convert::Infallible;
}

impl embedded_io::Read for Pipe {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, Self::Error> {
        let n = buf.len().min(self.input.len()).min(7);
        for (slot, byte) in buf.iter_mut().zip(self.input.drain(..n)) {
            *slot = byte;
        }
        Ok(n)
    }
}

impl embedded_io::ReadReady for Pipe {
    fn read_ready(&mut self) -> Result<bool, Self::Error> {
        self.ready = !self.ready;
        Ok(self.ready)
    }
}

impl embedded_io::Write for Pipe {
    fn write(&mut self, buf: &[u8]) -> Result<usize, Self::Error> {
        let n = buf.len().min(11);
        self.output.extend_from_slice(&buf[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

fn served<const N: usize>(
    requests: &[&str],
    counter: &mut Counter,
) -> (Result<End, ServeError<core::convert::Infallible>>, Vec<String>) {
    let input = requests
        .iter()
        .flat_map(|body| format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes())
        .collect();
    let mut pipe = Pipe {
        input,
        output: Vec::new(),
        ready: false,
    };
    let mut session = Session::<heapless::Vec<u8, N>, 2>::new(heapless::Vec::new());
    let end = serve(&mut pipe, &mut Receiver::new(vec![0; 128]), &mut session, counter);
    let (mut rest, mut seen) = (&pipe.output[..], Vec::new());
    while let Ok(Progress::Message { body, consumed }) = decode(rest, 10_000) {
        seen.push(String::from_utf8(body.to_vec()).unwrap());
        rest = &rest[consumed..];
    }
    assert!(rest.is_empty());
    (end, seen)
}

const START: [&str; 4] = [
    r#"{"seq":1,"type":"request","command":"initialize","arguments":{"adapterID":"x"}}"#,
    r#"{"seq":2,"type":"request","command":"attach"}"#,
    r#"{"seq":3,"type":"request","command":"setBreakpoints","arguments":{"source":{"path":"c"},"lines":[3]}}"#,
    r#"{"seq":4,"type":"request","command":"configurationDone"}"#,
];

#[test]
fn serve_runs_a_whole_session() {
    let mut counter = Counter {
        able: true,
        ..Default::default()
    };
    let long = format!(
        r#"{{"seq":7,"type":"request","command":"evaluate","arguments":{{"expression":"{}"}}}}"#,
        "n".repeat(200)
    );
    let mut requests = START.to_vec();
    requests.extend([
        r#"{"seq":5,"type":"request","command":"continue","arguments":{"threadId":1}}"#,
        r#"{"seq":6,"type":"request","command":"evaluate","arguments":{"expression":"later"}}"#,
        &long,
        r#"{"seq":8,"type":"request","command":"stepOut","arguments":{"threadId":1}}"#,
        r#"{"seq":9,"type":"request","command":"disconnect"}"#,
    ]);
    let (end, sent) = served::<1024>(&requests, &mut counter);
    assert_eq!(end, Ok(End::Disconnected));
    assert!(counter.left);
    let brief: Vec<_> = sent
        .iter()
        .map(|body| {
            let json: serde_json::Value = serde_json::from_str(body).unwrap();
            match json["type"].as_str().unwrap() {
                "event" => json["event"].as_str().unwrap().into(),
                _ => format!("{}:{}", json["request_seq"], json["success"]),
            }
        })
        .collect();
    assert_eq!(brief[..5], ["1:true", "initialized", "3:true", "4:true", "2:true"]);
    let mut rest = brief[5..].to_vec();
    rest.sort();
    // The oversize request is answered under its number, and every request once.
    assert_eq!(rest, ["5:true", "6:true", "7:false", "8:true", "9:true", "stopped"]);
    assert_eq!(brief.last().unwrap(), "9:true");
}

#[test]
fn serve_says_how_it_ended() {
    let mut counter = Counter::default();
    assert_eq!(served::<1024>(&START, &mut counter).0, Ok(End::Lost));
    assert!(!counter.left);
    let mut pipe = Pipe {
        input: b"GET / HTTP/1.1\r\n\r\n".iter().copied().collect(),
        output: Vec::new(),
        ready: false,
    };
    let mut session = Session::<heapless::Vec<u8, 512>>::new(heapless::Vec::new());
    let end = serve(&mut pipe, &mut Receiver::new([0; 128]), &mut session, &mut counter);
    assert_eq!(end, Err(ServeError::Frame(crate::frame::FrameError::NotDap)));
    assert_eq!(served::<100>(&START, &mut counter).0, Err(ServeError::OutputTooSmall));
}

#[test]
fn serve_answers_what_does_not_fit_with_an_error() {
    let mut counter = Counter {
        able: true,
        ..Default::default()
    };
    let mut requests = START.to_vec();
    requests.push(r#"{"seq":5,"type":"request","command":"variables","arguments":{"variablesReference":1}}"#);
    requests.push(r#"{"seq":6,"type":"request","command":"stackTrace","arguments":{"threadId":1}}"#);
    let (end, sent) = served::<512>(&requests, &mut counter);
    assert_eq!(end, Ok(End::Lost));
    assert!(sent[5].contains(r#""success":false"#) && sent[5].contains("does not fit"));
    assert!(sent[6].contains(r#""success":true"#) && sent[6].contains("\"totalFrames\":100"));
}

#[test]
fn list_of_capabilities_goes_with_its_debuggee() {
    let mut out = heapless::Vec::<u8, 512>::new();
    capabilities_of(&mut Counter::default()).write(&mut out).unwrap();
    assert!(out.starts_with(b"{\"supports"));
}
