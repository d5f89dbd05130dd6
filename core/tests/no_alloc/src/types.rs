//! Every protocol type, read and written.

use dapstub::client::{Asker, Message};
use dapstub::json::{FromJson, MAX_DEPTH, Raw, Text, ToJson, scan};
use dapstub::output::Output;
use dapstub::protocol::{Arguments, Command, Event, RequestType, requests};

/// Reads `json` as everything that DAP defines, and writes what comes out of it.
pub fn read_and_write(json: &str, out: &mut dyn Output) {
    let value = scan(json.as_bytes(), MAX_DEPTH).envelope.arguments();
    macro_rules! each {
        ($($request:ident)*) => {$(
            one::<requests::$request>(value, json, out);
        )*};
    }
    each! {
        Attach BreakpointLocations Cancel Completions ConfigurationDone Continue DataBreakpointInfo Disassemble
        Disconnect Evaluate ExceptionInfo Goto GotoTargets Initialize Launch LoadedSources Locations Modules Next Pause
        ReadMemory Restart RestartFrame ReverseContinue RunInTerminal Scopes SetBreakpoints SetDataBreakpoints
        SetExceptionBreakpoints SetExpression SetFunctionBreakpoints SetInstructionBreakpoints SetVariable Source
        StackTrace StartDebugging StepBack StepIn StepInTargets StepOut Terminate TerminateThreads Threads Variables
        WriteMemory
    }
    match Event::read(Text::plain(json), value) {
        Ok(Some(event)) => _ = event.write_body(out),
        Ok(None) => {}
        Err(error) => error.describe(&mut |text| _ = out.push(text.as_bytes())),
    }
    _ = Command::named(json);
}

fn one<R: RequestType>(value: Option<Raw<'_>>, json: &str, mut out: &mut dyn Output) {
    match Arguments::new(value).of::<R>() {
        Ok(arguments) => {
            _ = arguments.write(out);
            _ = Asker::default().request::<R>(out, &arguments);
        }
        Err(error) => error.describe(&mut |text| _ = out.push(text.as_bytes())),
    }
    if let Some(value) = value
        && let Ok(response) = <R::Response<'_> as FromJson<'_>>::read(&mut dapstub::json::Cursor::new(value))
    {
        _ = response.write(&mut out);
        _ = Asker::default().answer::<R>(out, 1, &response);
    }
    if let Ok(Message::Response(response)) = Message::parse(json.as_bytes())
        && let Err(error) = response.read::<R>()
        && let Some(message) = error.error()
    {
        _ = message.write(out);
    }
}
