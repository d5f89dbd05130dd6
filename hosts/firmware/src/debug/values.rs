//! `variables`, `setVariable` and `evaluate`.

#[cfg(any(feature = "evaluate", feature = "set-variable"))]
use crate::language::Code;
use crate::language::MAIN;
use crate::machine::Frame;
use crate::{Board, Controller};
use dapstub::small::{Body, Value};

/// The handle of the variables of the whole program. Those of a frame have the number of the frame.
const GLOBALS: i32 = 100;

impl<B: Board> Controller<B> {
    /// The frame of this number.
    pub(super) fn frame(&self, id: i32) -> Result<Frame, &'static str> {
        self.stopped()?;
        let index = u8::try_from(id.wrapping_sub(1));
        let frame = index.ok().and_then(|index| self.machine.frame(index));
        frame.ok_or("no such frame")
    }

    /// The frame whose variables a handle stands for. The main program has those of the whole program only.
    fn scope(&self, reference: i32) -> Result<Frame, &'static str> {
        let frame = self.frame(if reference == GLOBALS { 1 } else { reference })?;
        if frame.function == MAIN && reference != GLOBALS {
            return Err("no such variables");
        }
        Ok(frame)
    }

    pub(super) fn variables(&mut self, arguments: Value<'_>, answer: &mut Body<'_>) -> Result<(), &'static str> {
        let [reference, ..] = arguments.members::<3>("variablesReference");
        let scope = self.scope(reference.number().unwrap_or(0))?;
        answer.raw("{\"variables\":[");
        for (name, slot) in B::PROGRAM.names.of(scope.function).zip(0..) {
            let Some(place) = self.machine.place(scope.base, slot) else {
                break;
            };
            answer.raw(if slot > 0 { ",{\"name\":\"" } else { "{\"name\":\"" });
            answer.bytes(name);
            answer.raw("\",\"evaluateName\":\"");
            answer.bytes(name);
            if cfg!(feature = "memory") {
                answer.raw("\",\"memoryReference\":\"");
                answer.address((&raw const *place).addr());
            }
            answer.raw("\",\"variablesReference\":0,\"value\":\"");
            answer.number(*place);
            answer.raw("\"}");
        }
        answer.raw("]}");
        Ok(())
    }

    /// The value of an expression as a frame sees it.
    #[cfg(any(feature = "evaluate", feature = "set-variable"))]
    fn value(&mut self, text: Value<'_>, frame: Frame) -> Result<i32, &'static str> {
        let mut code = Code::EMPTY;
        self.compile(text, frame.function, &mut code)?;
        match self.machine.evaluate(frame, &code.bytes) {
            Ok(value) => Ok(value),
            Err(fault) => Err(fault.text()),
        }
    }

    #[cfg(feature = "set-variable")]
    pub(super) fn set_variable(&mut self, arguments: Value<'_>, answer: &mut Body<'_>) -> Result<(), &'static str> {
        let [reference, wanted, value] = arguments.members("variablesReference name value");
        let scope = self.scope(reference.number().unwrap_or(0))?;
        let value = self.value(value, scope)?;
        let mut names = B::PROGRAM.names.of(scope.function).zip(0..);
        let slot = names.find(|(name, _)| wanted.is(name)).map(|(_, slot)| slot);
        let Some(place) = slot.and_then(|slot| self.machine.place(scope.base, slot)) else {
            return Err("no such variable");
        };
        *place = value;
        answer.raw("{\"value\":\"");
        answer.number(value);
        answer.raw("\"}");
        Ok(())
    }

    #[cfg(feature = "evaluate")]
    pub(super) fn evaluate(&mut self, arguments: Value<'_>, answer: &mut Body<'_>) -> Result<(), &'static str> {
        let [frame, expression, _] = arguments.members("frameId expression");
        // Without a frame, it is evaluated as the main program sees it.
        let frame = self.frame(frame.number().unwrap_or(1))?;
        let value = self.value(expression, frame)?;
        answer.raw("{\"variablesReference\":0,\"result\":\"");
        answer.number(value);
        answer.raw("\"}");
        Ok(())
    }
}
