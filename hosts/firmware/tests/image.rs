//! The image in QEMU, over its UART: what `desktop` does, and how much stack it takes.
//!
//! Needs an image: `hosts/firmware/check` builds one and runs these tests.

mod support;

use core::time::Duration;
use dapstub_tests::deadline;
use std::env;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use support::Target;

const RAM: usize = 0x2000_0000;
const RAM_SIZE: usize = 64 << 10;
const PAINT: u8 = 0xa5;

/// A board that ends with the test.
struct Board {
    process: Child,
    target: Target,
    monitor: TcpStream,
    folder: tempfile::TempDir,
    painted: usize,
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

impl Board {
    /// Starts the image, with a painted stack.
    fn start() -> Self {
        let image: PathBuf = env::var_os("DAPSTUB_FIRMWARE_IMAGE")
            .expect("DAPSTUB_FIRMWARE_IMAGE names an image")
            .into();
        let static_ram = env::var("DAPSTUB_FIRMWARE_RAM").expect("DAPSTUB_FIRMWARE_RAM says how much RAM is not stack");
        // QEMU wants whole pages behind what the image brings itself.
        let painted = static_ram.parse::<usize>().expect("a number").next_multiple_of(256);
        let folder = tempfile::tempdir().expect("a folder");
        let paint = folder.path().join("paint");
        fs::write(&paint, vec![PAINT; RAM_SIZE - painted]).expect("it is written");
        // Another program may take a port that was free just now; then QEMU ends, and others are tried.
        for _ in 0..5 {
            let (uart, monitor) = (free_port(), free_port());
            let mut process = Command::new("qemu-system-arm")
                .args(["-M", "lm3s6965evb", "-nodefaults", "-display", "none", "-kernel"])
                .arg(&image)
                .arg("-device")
                .arg(format!(
                    "loader,file={},addr={:#x},force-raw=on",
                    paint.display(),
                    RAM + painted
                ))
                .arg("-chardev")
                .arg(format!(
                    "socket,id=u,host=127.0.0.1,port={uart},server=on,wait=off,nodelay=on"
                ))
                .args(["-serial", "chardev:u"])
                .arg("-monitor")
                .arg(format!("tcp:127.0.0.1:{monitor},server=on,wait=off"))
                .stdin(Stdio::null())
                .spawn()
                .expect("qemu-system-arm starts");
            let connected = deadline::poll(|| {
                if process.try_wait().expect("its state").is_some() {
                    return Some(None);
                }
                TcpStream::connect(("127.0.0.1", monitor)).ok().map(Some)
            });
            if let Some(Some(monitor)) = connected {
                let target = Target {
                    address: ([127, 0, 0, 1], uart).into(),
                    serial: true,
                };
                return Self {
                    process,
                    target,
                    monitor,
                    folder,
                    painted,
                };
            }
        }
        panic!("QEMU does not run");
    }

    /// How many bytes of the stack were ever used.
    fn stack(&mut self) -> usize {
        let dump = self.folder.path().join("ram");
        let _ = fs::remove_file(&dump);
        let command = format!("pmemsave {RAM:#x} {RAM_SIZE} \"{}\"\n", dump.display());
        self.monitor.write_all(command.as_bytes()).expect("the monitor listens");
        let whole = deadline::poll(|| fs::read(&dump).ok().filter(|ram| ram.len() == RAM_SIZE));
        let ram = whole.expect("QEMU writes its memory");
        let untouched = ram[self.painted..].iter().take_while(|byte| **byte == PAINT).count();
        assert!(untouched > 0, "the stack has used up the RAM");
        RAM_SIZE - self.painted - untouched
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        // It may have ended by itself, which some assertion has noticed then.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let mut rest = String::new();
        let _ = self.monitor.set_read_timeout(Some(Duration::from_millis(10)));
        let _ = self.monitor.read_to_string(&mut rest);
    }
}

/// One board for all of it, as in life.
#[test]
#[ignore = "needs an image and qemu-system-arm: run hosts/firmware/check"]
fn everything_over_the_uart() {
    let mut board = Board::start();
    board.target.recovered();
    support::whole_session(board.target);
    let session = board.stack();
    support::whole_session(board.target);
    support::runs_on_after(board.target);
    support::bad_messages(board.target);
    support::bad_streams(board.target);
    support::lost_clients(board.target);
    let everything = board.stack();
    println!("stack of the whole session: {session} bytes; after everything hostile: {everything} bytes");
    assert!(everything <= 2048, "{everything} bytes of stack");
}
