//! How much stack the core needs for the worst messages: measured, printed, and held to the bounds of the readme.
//!
//! `cargo test --release -p dapstub --test stack -- --nocapture` gives the figures of the readme. Without optimisation the
//! bounds are wider, and only keep recursion out.

use core::hint::black_box;
use dapstub::Failure;
use dapstub::client::Message;
use dapstub::debuggee::{
    Breakpoints, Debuggee, Frames, LineBreakpoints, Outcome, Scopes, Threads, Variables, dispatch,
};
use dapstub::frame::{self, Received, Receiver};
use dapstub::json::{DEFAULT_DEPTH, scan};
use dapstub::output::SliceOutput;
use dapstub::protocol::{
    Breakpoint, ContinueArguments, ContinueResponse, DisconnectArguments, ScopesArguments, SetBreakpointsArguments,
    StackFrame, StackTraceArguments, Thread, VariablesArguments,
};
use dapstub::session::{Request, Session, Step};

const OPTIMISED: bool = !cfg!(debug_assertions);

/// The bounds that the readme states, in bytes: `(operation, optimised, not optimised)`.
const BOUNDS: [(&str, usize, usize); 6] = [
    ("cut a message out of the stream", 768, 8 * 1024),
    ("check a message and find its parts", 1536, 16 * 1024),
    ("read the arguments, and every breakpoint", 4096, 24 * 1024),
    ("read a message as a client", 1536, 16 * 1024),
    ("take a request in, fail it and write why", 2048, 16 * 1024),
    ("carry a request out through a debuggee", 4608, 48 * 1024),
];

/// How far below this function the stack is painted.
const PAINTED: usize = 256 * 1024;
/// What is left alone right below it, because the painter stands there.
const MARGIN: usize = if OPTIMISED { 192 } else { 1024 };
const PAINT: u8 = 0xa5;

/// The number of bytes of stack that `work` used.
#[inline(never)]
fn used_by(work: &mut dyn FnMut()) -> usize {
    let here = 0u8;
    let top = (&raw const here).addr();
    let place = |below: usize| core::ptr::with_exposed_provenance_mut::<u8>(top - below);
    black_box((&raw const here).expose_provenance());
    for below in MARGIN..PAINTED {
        // SAFETY: the thread has far more stack than this, and nothing of it lies below the margin while no call is on.
        unsafe { place(below).write_volatile(PAINT) };
    }
    work();
    let mut deepest = PAINTED - 1;
    // SAFETY: the same bytes as above.
    while deepest > MARGIN && unsafe { place(deepest).read_volatile() } == PAINT {
        deepest -= 1;
    }
    deepest
}

/// On a thread of its own, whose stack is known to be large enough for the paint.
fn measured(mut work: impl FnMut() + Send + 'static) -> usize {
    let thread = std::thread::Builder::new().stack_size(4 * PAINTED);
    let measure = move || {
        work(); // what happens only the first time
        used_by(&mut work)
    };
    thread.spawn(measure).expect("a thread").join().expect("it ends")
}

/// A request that is as bad as one can be that is accepted: as deep as is allowed in one member and once more in an
/// argument, 256 members that nobody knows, text with escapes everywhere, and 1,000 breakpoints.
fn worst() -> String {
    let escaped = r"\u00e9\ud83d\ude00\n\\".repeat(40);
    let nested = |depth: usize| format!("{}1{}", r#"[{"a":"#.repeat(depth / 2), "}]".repeat(depth / 2));
    let unknown: String = (0..256)
        .map(|i| format!(r#""unknown {i} \u00e9":"{escaped}","#))
        .collect();
    let breakpoint = |line| {
        format!(
            r#"{{"line":{line},"column":9007199254740991,"condition":"{escaped}","hitCondition":"{escaped}","logMessage":"{escaped}","more":{}}}"#,
            nested(60),
        )
    };
    let breakpoints: Vec<String> = (0..1000).map(breakpoint).collect();
    format!(
        r#"{{{unknown}"more":{},"seq":7,"type":"request","command":"setBreakpoints","arguments":{{{unknown}"source":{{"path":"{escaped}","adapterData":{},"sources":[{{"name":"{escaped}","sources":[]}}]}},"breakpoints":[{}]}}}}"#,
        nested(62),
        nested(60),
        breakpoints.join(","),
    )
}

struct Program;

impl Debuggee for Program {
    fn threads(&mut self, threads: &mut Threads<'_>) -> Result<Outcome, Failure> {
        threads.push(&Thread::default())?;
        Ok(Outcome::Done)
    }

    fn stack_trace(&mut self, _: &StackTraceArguments, frames: &mut Frames<'_>) -> Result<Outcome, Failure> {
        frames.push(&StackFrame::default())?;
        Ok(Outcome::Done)
    }

    fn scopes(&mut self, _: &ScopesArguments, _: &mut Scopes<'_>) -> Result<Outcome, Failure> {
        Ok(Outcome::Done)
    }

    fn variables(&mut self, _: &VariablesArguments, _: &mut Variables<'_>) -> Result<Outcome, Failure> {
        Ok(Outcome::Done)
    }

    fn resume(&mut self, _: &ContinueArguments) -> Result<ContinueResponse, Failure> {
        Ok(ContinueResponse::default())
    }

    fn disconnect(&mut self, _: &DisconnectArguments) -> Result<Outcome, Failure> {
        Ok(Outcome::Done)
    }

    fn line_breakpoints(&mut self) -> Option<&mut dyn LineBreakpoints> {
        Some(self)
    }
}

impl LineBreakpoints for Program {
    fn set_breakpoints(
        &mut self,
        arguments: &SetBreakpointsArguments<'_>,
        breakpoints: &mut Breakpoints<'_>,
    ) -> Result<Outcome, Failure> {
        for wanted in arguments.requested() {
            let message = wanted.condition;
            breakpoints.push(&Breakpoint {
                verified: true,
                line: Some(wanted.line),
                message,
                ..Default::default()
            })?;
        }
        Ok(Outcome::Done)
    }
}

type Served = Session<SliceOutput<'static>>;

/// A session that is debugging. On the heap, as its storage is the caller's affair.
fn running() -> Box<Served> {
    let mut session = Box::new(Served::new(SliceOutput::new(vec![0; 2 << 20].leak())));
    for (seq, command) in [(1, "initialize"), (2, "attach"), (3, "configurationDone")] {
        let body = format!(r#"{{"seq":{seq},"type":"request","command":"{command}"}}"#);
        let Ok(Step::Request(request)) = session.receive(body.as_bytes()) else {
            panic!("{command}")
        };
        session.respond(request.ticket(), |_| Ok(())).expect("there is room");
    }
    session.sent(usize::MAX);
    session
}

#[test]
#[cfg_attr(miri, ignore = "paints the stack of the machine")]
fn worst_messages_stay_within_the_stack_that_the_readme_states() {
    let body = worst();
    assert!(
        scan(body.as_bytes(), DEFAULT_DEPTH).fault.is_none(),
        "the worst message is accepted"
    );
    assert!(
        scan(body.as_bytes(), DEFAULT_DEPTH - 1).fault.is_some(),
        "it is as deep as is allowed"
    );
    let response = body.replace(
        r#""type":"request""#,
        r#""type":"response","request_seq":1,"success":true"#,
    );
    let (a, b, c, d) = (body.clone(), body.clone(), body.clone(), body.clone());

    let wire = format!(
        "Content-Type: {}\r\nContent-Length: {}\r\n\r\n{body}",
        "x".repeat(100),
        body.len()
    );
    let mut receiver = Receiver::new(vec![0; wire.len()]);
    let framing = measured(move || {
        black_box(frame::decode(black_box(wire.as_bytes()), usize::MAX)).expect("a message");
        receiver.space()[..wire.len()].copy_from_slice(wire.as_bytes());
        receiver.fed(wire.len());
        assert!(matches!(receiver.next(), Ok(Received::Message(_))));
    });
    let checking = measured(move || {
        black_box(Request::parse(black_box(a.as_bytes()))).expect("a request");
    });
    let reading = measured(move || {
        let request = Request::parse(b.as_bytes()).expect("a request");
        let arguments: SetBreakpointsArguments<'_> = request.arguments().parse().expect("arguments");
        let mut buffer = [0; 512];
        let mut found = 0;
        for breakpoint in arguments.requested() {
            let text = breakpoint
                .condition
                .expect("a condition")
                .decode(&mut buffer)
                .expect("there is room");
            found += usize::from(!black_box(text).is_empty());
        }
        assert_eq!(found, 1000);
    });
    let asking = measured(move || {
        black_box(Message::parse(black_box(response.as_bytes()))).expect("a response");
    });
    let mut session = running();
    let failing = measured(move || {
        let Ok(Step::Request(request)) = session.receive(c.as_bytes()) else {
            panic!("a request")
        };
        let error = request
            .arguments()
            .parse::<ScopesArguments>()
            .expect_err("other arguments");
        session
            .fail(request.ticket(), &Failure::from(error))
            .expect("there is room");
        session.sent(usize::MAX);
    });
    let mut session = running();
    let serving = measured(move || {
        let Ok(Step::Request(request)) = session.receive(d.as_bytes()) else {
            panic!("a request")
        };
        let answered = session.answer(request.ticket(), |out| dispatch(&mut Program, &request, out));
        assert!(matches!(answered, Ok(None)));
        session.sent(usize::MAX);
    });

    let figures = [framing, checking, reading, asking, failing, serving];
    for ((what, ..), used) in BOUNDS.iter().zip(figures) {
        println!("{what}: {used} bytes");
    }
    let readme = include_str!("../README.md");
    for ((what, optimised, otherwise), used) in BOUNDS.into_iter().zip(figures) {
        let bound = if OPTIMISED { optimised } else { otherwise };
        assert!(used <= bound, "{what}: {used} bytes of stack, more than {bound}");
        let row = format!("| {what} | {optimised} |");
        assert!(readme.contains(&row), "the readme has another bound for: {what}");
    }
}

/// A reader that calls itself would use more for a deeper message.
#[test]
#[cfg_attr(miri, ignore = "paints the stack of the machine")]
fn depth_costs_no_stack() {
    let used = |depth: usize| {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        let body = format!(r#"{{"seq":1,"type":"request","command":"threads","arguments":{{"a":{open}{close}}}}}"#);
        measured(move || {
            let request = Request::parse(body.as_bytes()).expect("a request");
            black_box(
                request
                    .arguments()
                    .parse::<ScopesArguments>()
                    .expect_err("other arguments"),
            );
        })
    };
    assert_eq!(used(1), used(DEFAULT_DEPTH - 2));
}
