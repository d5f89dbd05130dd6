#!/usr/bin/env python3
"""Flash, RAM, stack and instructions of the firmware, beside gdbstub on the same board: the tables of BENCHMARKS.md.

    hosts/firmware/bench/measure.py [--quick]      about three minutes; --quick leaves the single features out
"""

import os
import pathlib
import re
import shlex
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
FIRMWARE = HERE.parent
ROOT = FIRMWARE.parent.parent
TARGETS = ["thumbv7m-none-eabi", "thumbv6m-none-eabi", "riscv32imac-unknown-none-elf"]
FEATURES = ["conditions", "evaluate", "exceptions", "memory", "pause", "set-variable", "source", "stepping"]
RAM, RAM_SIZE, PAINT = 0x20000000, 64 << 10, 0xA5
WORK = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "firmware"


def run(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, text=True, **options)


def toolchain():
    """The command that builds images, and its environment."""
    status = subprocess.run([FIRMWARE / "toolchain", WORK / "toolchain", *TARGETS]).returncode
    if status:
        sys.exit(status)
    script = f'source {shlex.quote(str(WORK / "toolchain/env"))}; printf "%s\\0" "${{image_cargo[@]}}" -- "${{RUSTC-}}" "${{RUSTC_BOOTSTRAP-}}"'
    parts = run("bash", "-c", script, stdout=subprocess.PIPE).stdout.split("\0")[:-1]
    at = parts.index("--")
    found = dict(zip(("RUSTC", "RUSTC_BOOTSTRAP"), parts[at + 1 :]))
    return parts[:at], {name: value for name, value in found.items() if value}


CARGO, EXTRA = toolchain()


def build(target, program, features):
    """Builds an image and says where it is."""
    environment = {**os.environ, **EXTRA, "CARGO_TARGET_DIR": str(WORK)}
    options = ["--no-default-features", "--features", ",".join(features), "--bin", program, "--target", target]
    run(*CARGO, "--quiet", *options, cwd=FIRMWARE / "image", env=environment)
    return WORK / target / "release" / program


def sizes(image):
    """flash, text, rodata, ram"""
    return [int(part) for part in run(HERE / "symbols.py", "--sizes", image, stdout=subprocess.PIPE).stdout.split()]


def session_stack(image):
    """The stack that the controller needs, for the whole session and for everything hostile."""
    environment = {**os.environ, "DAPSTUB_FIRMWARE_IMAGE": str(image), "DAPSTUB_FIRMWARE_RAM": str(sizes(image)[3])}
    command = ["cargo", "test", "--quiet", "-p", "dapstub-firmware", "--test", "image", "--", "--ignored", "--nocapture"]
    output = run(*command, cwd=ROOT, env=environment, stdout=subprocess.PIPE).stdout
    return max(int(number) for number in re.findall(r"(\d+) bytes", output))


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def peer_stack(image):
    """The stack that gdbstub needs for queries, registers, memory, a breakpoint and resuming."""
    painted = -(-sizes(image)[3] // 256) * 256
    with tempfile.TemporaryDirectory() as folder:
        paint, dump = pathlib.Path(folder, "paint"), pathlib.Path(folder, "ram")
        paint.write_bytes(bytes([PAINT]) * (RAM_SIZE - painted))
        uart, monitor = free_port(), free_port()
        arguments = f"-M lm3s6965evb -nodefaults -display none -kernel {image}"
        arguments += f" -device loader,file={paint},addr={RAM + painted:#x},force-raw=on"
        arguments += f" -chardev socket,id=u,host=127.0.0.1,port={uart},server=on,wait=off -serial chardev:u"
        arguments += f" -monitor tcp:127.0.0.1:{monitor},server=on,wait=off"
        qemu = subprocess.Popen(["qemu-system-arm", *arguments.split()], stderr=subprocess.DEVNULL)
        try:
            connection = connect(uart)
            for packet in ["qSupported:multiprocess+;swbreak+", "?", "g", "m1000,40", "M1000,4:00112233", "Z0,1000,4", "Hg1",
                           "qfThreadInfo", "vCont?", "vCont;c:p1.-1", "z0,1000,4", "P0=00000000", "G" + "00" * 168]:
                ask(connection, packet)
            commands = connect(monitor)
            commands.sendall(f'pmemsave {RAM:#x} {RAM_SIZE} "{dump}"\n'.encode())
            while not dump.exists() or dump.stat().st_size < RAM_SIZE:
                time.sleep(0.05)
            ram = dump.read_bytes()[painted:]
            return len(ram) - (len(ram) - len(ram.lstrip(bytes([PAINT]))))
        finally:
            qemu.kill()
            qemu.wait()


def connect(port):
    end = time.monotonic() + 30
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=30)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def ask(connection, packet):
    """Sends a packet of GDB and waits for the answer."""
    check = sum(packet.encode()) % 256
    connection.sendall(f"${packet}#{check:02x}".encode())
    answer = b""
    while not re.search(rb"\$[^#]*#..", answer):
        part = connection.recv(4096)
        if not part:
            raise SystemExit(f"gdbstub has no answer to {packet}")
        answer += part
    connection.sendall(b"+")


def instructions(image):
    """What messages cost, in instructions of the target."""
    port = free_port()
    arguments = f"-M lm3s6965evb -icount shift=0 -nodefaults -display none -kernel {image}"
    arguments += f" -chardev socket,id=u,host=127.0.0.1,port={port},server=on,wait=on -serial chardev:u"
    qemu = subprocess.Popen(["qemu-system-arm", *arguments.split()], stderr=subprocess.DEVNULL)
    try:
        lines = []
        for line in connect(port).makefile():
            if line.startswith("end"):
                return lines
            lines.append(line.split())
    finally:
        qemu.kill()
        qemu.wait()
    raise SystemExit("the image has not ended its count")


def row(name, figures):
    print(f"| {name} | " + " | ".join("" if figure is None else f"{figure:,}" for figure in figures) + " |")


def main():
    has_qemu = not subprocess.run(["sh", "-c", "command -v qemu-system-arm"], stdout=subprocess.DEVNULL).returncode
    if not has_qemu:
        print("no qemu-system-arm: no figures of the stack and no instructions", file=sys.stderr)
    print("| image | flash | .text | .rodata | static RAM | stack | flash, thumbv6m | flash, riscv32imac |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    rows = [("start-up, clock and UART", "echo", []), ("the controller without a debugger", "bare", [])]
    rows.append(("**the controller and its whole debugger**", "controller", FEATURES))
    if "--quick" not in sys.argv:
        for feature in FEATURES:
            rest = [other for other in FEATURES if other != feature]
            rows.append((f"without `{feature}`", "controller", rest))
        rows.append(("without all of these", "controller", []))
    rows.append(("gdbstub, a target that does nothing", "gdbstub", ["gdbstub"]))
    for name, program, features in rows:
        first, *others = [build(target, program, features) for target in TARGETS]
        flash, text, rodata, ram = sizes(first)
        stack = None
        if has_qemu and features == FEATURES:
            stack = session_stack(first)
        elif has_qemu and program == "gdbstub":
            stack = peer_stack(first)
        row(name, [flash, text, rodata, ram, stack, *(sizes(other)[0] for other in others)])
    if has_qemu:
        print("\n| message | instructions |\n|---|---:|")
        for name, count in instructions(build(TARGETS[0], "count", ["all"])):
            row(f"`{name}`", [int(count)])


if __name__ == "__main__":
    main()
