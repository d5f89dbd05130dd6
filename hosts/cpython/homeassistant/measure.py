"""Measures what the debugger costs a real Home Assistant: ours, the built-in one, and none, in turn.

    PYTHON hosts/cpython/homeassistant/measure.py [ROUNDS]

PYTHON is that of an environment with Home Assistant, dapstub, and the debugpy that this Home Assistant asks for. Every
state is a start of its own. Written out: the median of the seconds and of the CPU seconds until Home Assistant runs,
and of the CPU milliseconds a second that it takes when nothing happens; with all child processes, and in brackets as a
ratio to no debugger.
"""

from __future__ import annotations

import json
import shutil
import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE / "tests")]

import psutil  # noqa: E402
from process import HomeAssistant  # noqa: E402

# Seconds between the start and the measurement of doing nothing, and of that itself.
SETTLE = 10
IDLE = 20

STATES = {"none": ("none", "none")}
for _state in ["start: false", "listening", "attached", "left"]:
    for _who in ["debugpy", "dapstub"]:
        STATES[f"{_who}, {_state}"] = (_who, _state)


class Client:
    """Attaches without breakpoints. Lenient, as each debugger has its own order of messages."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), 30)
        self._file = self._socket.makefile("rb")
        self._seq = 0
        self._send("initialize", adapterID="debugpy")
        self._until("response", "initialize")
        self._send("attach", justMyCode=True)
        self._until("event", "initialized")
        self._send("configurationDone")
        self._until("response", "attach")

    def leave(self) -> None:
        """Leaves as editors do."""
        self._send("disconnect")
        self._until("response", "disconnect")
        self.close()

    def close(self) -> None:
        """Closes the connection."""
        self._file.close()
        self._socket.close()

    def _send(self, command: str, **arguments: object) -> None:
        self._seq += 1
        body = json.dumps({"seq": self._seq, "type": "request", "command": command, "arguments": arguments}).encode()
        self._socket.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def _until(self, kind: str, name: str) -> None:
        while True:
            length = 0
            while (line := self._file.readline().strip()) != b"":
                length = int(line.split(b":")[1])
            message = json.loads(self._file.read(length))
            if message["type"] == kind and name in (message.get("command"), message.get("event")):
                return


def cpu(root: psutil.Process) -> float:
    """CPU seconds of a process and of all below it, to a hundredth."""
    all_times = [process.cpu_times() for process in [root, *root.children(recursive=True)]]
    return sum(times.user + times.system for times in all_times)


def fine_cpu(root: psutil.Process) -> float:
    """CPU seconds of all threads that live, to the nanosecond."""
    nanoseconds = 0
    for process in [root, *root.children(recursive=True)]:
        for task in Path(f"/proc/{process.pid}/task").iterdir():
            nanoseconds += int((task / "schedstat").read_text().split()[0])
    return nanoseconds / 1e9


def once(who: str, state: str) -> tuple[float, float, float]:
    """One start: seconds and CPU seconds until it runs, CPU milliseconds a second when idle."""
    with tempfile.TemporaryDirectory() as folder:
        home = HomeAssistant(Path(folder))
        if who == "debugpy":
            shutil.rmtree(home.config / "custom_components" / "debugpy")
        start = str(state != "start: false").lower()
        block = f"debugpy:\n  host: 127.0.0.1\n  port: {home.debug_port}\n  start: {start}\n"
        try:
            begun = time.monotonic()
            home.begin("" if who == "none" else block)
            process = psutil.Process(home.pid)
            home.wait_until_running()
            booted, boot_cpu = time.monotonic() - begun, cpu(process)
            client = Client(home.debug_port) if state in ("attached", "left") else None
            if state == "left":
                client.leave()
            time.sleep(SETTLE)
            before = fine_cpu(process)
            time.sleep(IDLE)
            idle = (fine_cpu(process) - before) / IDLE * 1000
            if client is not None:
                client.close()
            return booted, boot_cpu, idle
        finally:
            for child in psutil.Process(home.pid).children(recursive=True):
                child.kill()
            home.kill()


def main() -> None:
    """Measures and writes a table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    results: dict[str, list[tuple[float, float, float]]] = {name: [] for name in STATES}
    for number in range(rounds):
        for name, (who, state) in STATES.items():
            results[name].append(once(who, state))
            print(f"round {number + 1}, {name}: {results[name][-1]}", file=sys.stderr, flush=True)
    medians = {
        name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in results.items()
    }
    base = medians["none"]
    print("| state | start, s | CPU of the start, s | idle CPU, ms a second |\n| --- | ---: | ---: | ---: |")
    for name, row in medians.items():
        cells = [f"{value:.3g} ({value / none:.2f})" for value, none in zip(row, base, strict=True)]
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
