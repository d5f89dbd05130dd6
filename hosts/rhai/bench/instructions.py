#!/usr/bin/env python3
"""Counts the instructions of one request in each state of the debugger, under valgrind's callgrind.

    bench/load.sh                     # builds both programs
    bench/instructions.py target/without-debugger/release/dapstub-rhai target/release/dapstub-rhai

Instructions are the same whatever else the machine does, so they show what requests per second cannot show there.
"""

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SCRIPTS = Path(__file__).parents[1] / "scripts"
REQUESTS = (200, 1200)
BODY = json.dumps(
    {
        "hour": 7,
        "outdoor": -2.5,
        "rooms": [
            {"name": "bath", "temperature": 19.2, "humidity": 61.0, "window_open": False, "presence": True},
            {"name": "attic", "temperature": 14.0, "humidity": 55.0, "window_open": True, "presence": False},
        ],
    }
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Editor:
    """A client that attaches and sets one breakpoint, or none."""

    def __init__(self, port: int, script: str | None) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.file = self.socket.makefile("rb")
        self.seq = 0
        self.answer(self.send("initialize", adapterID="bench"))
        attached = self.send("attach")
        while self.read().get("event") != "initialized":
            pass
        if script:
            source = {"path": str((SCRIPTS / script).resolve())}
            body = self.answer(self.send("setBreakpoints", source=source, breakpoints=[{"line": 12}]))
            assert body["breakpoints"][0]["verified"], body
        self.send("configurationDone")
        self.answer(attached)

    def send(self, command: str, **arguments: object) -> int:
        self.seq += 1
        message = {"seq": self.seq, "type": "request", "command": command, "arguments": arguments}
        text = json.dumps(message).encode()
        self.socket.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(text), text))
        return self.seq

    def read(self) -> dict:
        length = 0
        while line := self.file.readline().strip():
            length = int(line.split(b":")[1])
        return json.loads(self.file.read(length))

    def answer(self, seq: int) -> dict:
        while True:
            message = self.read()
            if message["type"] == "response" and message["request_seq"] == seq:
                assert message["success"], message
                return message.get("body", {})


def instructions(program: str, requests: int, start: bool, editor: bool, script: str | None) -> int:
    """All instructions of a service that answers this many requests."""
    http_port, debug_port = free_port(), free_port()
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as settings:
        settings.write(f"debugpy:\n  host: 127.0.0.1\n  port: {debug_port}\n  start: {str(start).lower()}\n")
        settings.flush()
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program]
        command += ["--config", settings.name, "--scripts", str(SCRIPTS), "--workers", "1"]
        command += ["--listen", f"127.0.0.1:{http_port}"]
        service = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            while service.poll() is None:
                try:
                    socket.create_connection(("127.0.0.1", http_port), 1).close()
                    break
                except OSError:
                    time.sleep(0.1)
            # It serves as soon as its debugger listens.
            web = http.client.HTTPConnection("127.0.0.1", http_port)
            web.request("GET", "/health")
            web.getresponse().read()
            client = Editor(debug_port, script) if editor else None
            for _ in range(requests):
                web.request("POST", "/decide/heating", BODY, {"content-type": "application/json"})
                response = web.getresponse()
                text = response.read()
                assert response.status == 200, text
            web.close()
            if client:
                client.socket.close()
            service.send_signal(signal.SIGTERM)
            printed = service.communicate(timeout=120)[1]
        finally:
            service.kill()
    found = re.search(r"Collected : (\d+)", printed)
    assert found, printed
    return int(found[1])


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    without, with_debugger = sys.argv[1:]
    states = [
        ("without the debugger", without, False, False, None),
        ("without the debugger, again", without, False, False, None),
        ("dormant", with_debugger, False, False, None),
        ("listening", with_debugger, True, False, None),
        ("attached", with_debugger, True, True, None),
        ("breakpoint in another rule", with_debugger, True, True, "hot_water.rhai"),
    ]
    base = None
    print("| state | instructions a request | ratio |\n|---|---:|---:|")
    for name, program, start, editor, script in states:
        few, many = (instructions(program, requests, start, editor, script) for requests in REQUESTS)
        each = (many - few) / (REQUESTS[1] - REQUESTS[0])
        base = base or each
        print(f"| {name} | {each:,.0f} | {each / base:.3f} |", flush=True)


if __name__ == "__main__":
    main()
