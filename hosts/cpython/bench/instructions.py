#!/usr/bin/env python3
"""Counts the instructions of one call, or turn of a loop, in states of the debugger, under valgrind's callgrind.

    cargo run --release -- --version      # builds the package: target/release/python
    hosts/cpython/bench/instructions.py target/release/python [PYTHON]

PYTHON is the interpreter that is measured, `python3` without one. Instructions are the same whatever else the machine
does, so they show what CPU time cannot show there. They are not time: what a ratio of time to no debugger is, only
time says. `--keep FILE` keeps what callgrind wrote of the last run, for `callgrind_annotate`; `--only STATE,WORK`
counts that one alone.
"""

import argparse
import json
import os
import re
import socket
import subprocess
import time
from pathlib import Path

PROGRAM = Path(__file__).parent.resolve() / "program.py"
ELSEWHERE = Path(__file__).resolve()
UNITS = (10_000, 60_000)
WORKS = ("calls", "loop", "pipeline")
STATES = (
    "none",
    "after the client left",
    "attached",
    "breakpoint elsewhere",
    "breakpoint in another file",
    "false condition",
)


def line_of(mark: str) -> tuple[int, str]:
    for number, text in enumerate(PROGRAM.read_text().splitlines(), 1):
        if found := re.search(rf"# {mark}(?:: (.*))?$", text):
            return number, found[1] or ""
    raise LookupError(mark)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Editor:
    """A client that attaches and sets one breakpoint, or none."""

    def __init__(self, port: int, service: subprocess.Popen[str], state: str, work: str) -> None:
        self.socket = self.connect(port, service)
        self.file = self.socket.makefile("rb")
        self.seq = 0
        self.answer(self.send("initialize", adapterID="bench"))
        attached = self.send("attach", justMyCode=True)
        while self.read().get("event") != "initialized":
            pass
        self.set_breakpoint(state, work)
        self.answer(self.send("setExceptionBreakpoints", filters=["uncaught"]))
        self.send("configurationDone")
        self.answer(attached)
        if state == "after the client left":
            self.answer(self.send("disconnect"))

    @staticmethod
    def connect(port: int, service: subprocess.Popen[str]) -> socket.socket:
        while service.poll() is None:
            try:
                return socket.create_connection(("127.0.0.1", port), 60)
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("the program ended before it listened")

    def set_breakpoint(self, state: str, work: str) -> None:
        path, (line, condition) = PROGRAM, (0, "")
        if state == "breakpoint elsewhere":
            line, condition = line_of("MARK cold")
        elif state == "breakpoint in another file":
            path, line = ELSEWHERE, 1
        elif state == "false condition":
            line, condition = line_of(f"HOT {work}")
        else:
            return
        breakpoints = [{"line": line, **({"condition": condition} if condition else {})}]
        self.answer(self.send("setBreakpoints", source={"path": str(path)}, breakpoints=breakpoints))

    def send(self, command: str, **arguments: object) -> int:
        self.seq += 1
        message = {"seq": self.seq, "type": "request", "command": command, "arguments": arguments}
        text = json.dumps(message).encode()
        self.socket.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(text), text))
        return self.seq

    def read(self) -> dict[str, object]:
        length = 0
        while line := self.file.readline().strip():
            length = int(line.split(b":")[1])
        message: dict[str, object] = json.loads(self.file.read(length))
        if message.get("event") == "stopped":
            raise RuntimeError(f"the program was not to stop: {message}")
        return message

    def answer(self, seq: int) -> None:
        while True:
            message = self.read()
            if message["type"] == "response" and message["request_seq"] == seq:
                if not message["success"]:
                    raise RuntimeError(f"refused: {message}")
                return


def instructions(python: list[str], package: str, state: str, work: str, units: int, keep: str) -> int:
    """All instructions of a program that does this many units."""
    port = free_port()
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={keep}", *python, str(PROGRAM), work, str(units)]
    if state != "none":
        command.append(str(port))
    surroundings = os.environ | {"PYTHONPATH": package, "PYTHONHASHSEED": "0"}
    service = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=surroundings)
    try:
        editor = None if state == "none" else Editor(port, service, state, work)
        printed = service.communicate(timeout=300)[1]
        if editor:
            editor.socket.close()
    finally:
        service.kill()
    found = re.search(r"Collected : (\d+)", printed)
    if service.returncode or not found:
        raise RuntimeError(printed)
    return int(found[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", help="the folder to import dapstub from")
    parser.add_argument("python", nargs="*", default=["python3"], help="the interpreter, with arguments if need be")
    parser.add_argument("--only", default="", help="STATE,WORK; either may be left out")
    parser.add_argument("--keep", default="/dev/null", help="a file for callgrind_annotate")
    options = parser.parse_args()
    package = str(Path(options.package).resolve())
    only_state, _, only_work = options.only.partition(",")
    print("| state | work | instructions a unit | ratio |\n|---|---|---:|---:|")
    base: dict[str, float] = {}
    for state in STATES:
        for work in WORKS:
            if state not in ("none", only_state or state) or work != (only_work or work):
                continue
            few, many = (instructions(options.python, package, state, work, units, options.keep) for units in UNITS)
            each = (many - few) / (UNITS[1] - UNITS[0])
            base.setdefault(work, each)
            print(f"| {state} | {work} | {each:,.0f} | {each / base[work]:.2f} |", flush=True)


if __name__ == "__main__":
    main()
