//! The peer: gdbstub over the same UART, with a target that does nothing, as in its own smallest example: two threads,
//! registers and memory, resuming, software breakpoints. No program is debugged.
#![no_std]
#![no_main]

use core::convert::Infallible;
use core::hint::black_box;
use dapstub_firmware_image::{Static, Uart, sleep};
use embedded_io::{Read, Write};
use gdbstub::common::{Signal, Tid};
use gdbstub::conn::Connection;
use gdbstub::stub::state_machine::GdbStubStateMachine;
use gdbstub::stub::{GdbStub, MultiThreadStopReason};
use gdbstub::target::ext::base::BaseOps;
use gdbstub::target::ext::base::multithread::{MultiThreadBase, MultiThreadResume, MultiThreadResumeOps};
use gdbstub::target::ext::breakpoints::{Breakpoints, BreakpointsOps, SwBreakpoint, SwBreakpointOps};
use gdbstub::target::{Target, TargetResult};
use gdbstub_arch::arm::reg::ArmCoreRegs;
use gdbstub_arch::arm::{ArmBreakpointKind, Armv4t};

/// As much as the controller has for a message.
const PACKET: usize = 2048;

static RECEIVED: Static<[u8; PACKET]> = Static::new([0; PACKET]);

struct Serial(Uart);

impl Connection for Serial {
    type Error = Infallible;

    fn write(&mut self, byte: u8) -> Result<(), Infallible> {
        self.0.write(&[byte]).map(drop)
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

// What a real target would do stays outside of the count, but is called.
struct Nothing;

impl Target for Nothing {
    type Arch = Armv4t;
    type Error = &'static str;

    fn base_ops(&mut self) -> BaseOps<'_, Armv4t, &'static str> {
        BaseOps::MultiThread(self)
    }

    fn support_breakpoints(&mut self) -> Option<BreakpointsOps<'_, Self>> {
        Some(self)
    }
}

impl MultiThreadBase for Nothing {
    #[inline(never)]
    fn read_registers(&mut self, registers: &mut ArmCoreRegs, _: Tid) -> TargetResult<(), Self> {
        black_box(registers);
        Ok(())
    }

    #[inline(never)]
    fn write_registers(&mut self, registers: &ArmCoreRegs, _: Tid) -> TargetResult<(), Self> {
        black_box(registers);
        Ok(())
    }

    #[inline(never)]
    fn read_addrs(&mut self, _: u32, data: &mut [u8], _: Tid) -> TargetResult<usize, Self> {
        data.fill(0x55);
        Ok(data.len())
    }

    #[inline(never)]
    fn write_addrs(&mut self, _: u32, data: &[u8], _: Tid) -> TargetResult<(), Self> {
        black_box(data);
        Ok(())
    }

    #[inline(never)]
    fn list_active_threads(&mut self, thread: &mut dyn FnMut(Tid)) -> Result<(), &'static str> {
        for number in 1..=2 {
            if let Some(number) = Tid::new(number) {
                thread(number);
            }
        }
        Ok(())
    }

    fn support_resume(&mut self) -> Option<MultiThreadResumeOps<'_, Self>> {
        Some(self)
    }
}

impl MultiThreadResume for Nothing {
    #[inline(never)]
    fn resume(&mut self) -> Result<(), &'static str> {
        black_box(());
        Ok(())
    }

    #[inline(never)]
    fn clear_resume_actions(&mut self) -> Result<(), &'static str> {
        black_box(());
        Ok(())
    }

    #[inline(never)]
    fn set_resume_action_continue(&mut self, _: Tid, _: Option<Signal>) -> Result<(), &'static str> {
        black_box(());
        Ok(())
    }
}

impl Breakpoints for Nothing {
    fn support_sw_breakpoint(&mut self) -> Option<SwBreakpointOps<'_, Self>> {
        Some(self)
    }
}

impl SwBreakpoint for Nothing {
    #[inline(never)]
    fn add_sw_breakpoint(&mut self, _: u32, _: ArmBreakpointKind) -> TargetResult<bool, Self> {
        Ok(black_box(true))
    }

    #[inline(never)]
    fn remove_sw_breakpoint(&mut self, _: u32, _: ArmBreakpointKind) -> TargetResult<bool, Self> {
        Ok(black_box(true))
    }
}

/// One session.
fn serve(buffer: &mut [u8]) -> Option<()> {
    let stub = GdbStub::builder(Serial(Uart)).with_packet_buffer(buffer).build().ok()?;
    let mut target = Nothing;
    let mut stub = stub.run_state_machine(&mut target).ok()?;
    loop {
        stub = match stub {
            GdbStubStateMachine::Idle(mut idle) => {
                let mut byte = [0];
                let Ok(_) = idle.borrow_conn().0.read(&mut byte);
                idle.incoming_data(&mut target, byte[0]).ok()?
            }
            GdbStubStateMachine::Running(running) => {
                running.report_stop(&mut target, MultiThreadStopReason::DoneStep).ok()?
            }
            GdbStubStateMachine::CtrlCInterrupt(interrupted) => interrupted
                .interrupt_handled(&mut target, None::<MultiThreadStopReason<u32>>)
                .ok()?,
            GdbStubStateMachine::Disconnected(_) => return Some(()),
        };
    }
}

#[unsafe(no_mangle)]
fn image_main() -> ! {
    if let Some(buffer) = RECEIVED.take() {
        while serve(buffer).is_some() {}
    }
    loop {
        sleep();
    }
}
