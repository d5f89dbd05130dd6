"""Where the demonstration takes place: a temporary folder, a configuration, and a process with a real program."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType

from .client import Client, ProtocolError

PROGRAM = "thermostat.py"
PACKAGE = Path(__file__).parent.parent

CONFIGURATION = """\
# A configuration with more in it than the debugger.
homeassistant:
  name: A small house
automation: !include automations.yaml

debugpy:
  host: 127.0.0.1
  port: {port}
  start: true
  wait: true
"""


class Scene:
    """The folder and the process. Both are gone when the scene is left."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="dapstub-demo-")).resolve()
        self.program = self.folder / PROGRAM
        self.configuration = self.folder / "configuration.yaml"
        self.port = _free_port()
        shutil.copyfile(Path(__file__).with_name(PROGRAM), self.program)
        self.configuration.write_text(CONFIGURATION.format(port=self.port), encoding="utf-8")
        (self.folder / "automations.yaml").write_text("[]\n", encoding="utf-8")
        # Unbuffered: what the program prints is seen when it is printed.
        self.command = [sys.executable, "-u", str(PACKAGE), "--config", self.configuration.name, PROGRAM]
        self._process: subprocess.Popen[bytes] | None = None
        self._out: list[bytes] = []
        self._err: list[bytes] = []
        self._readers: list[threading.Thread] = []

    def __enter__(self) -> Scene:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for reader in self._readers:
            reader.join()
        shutil.rmtree(self.folder, ignore_errors=True)

    def line_of(self, text: str) -> int:
        """The line of the program, counted from 1, that holds `text`."""
        lines = self.program.read_text(encoding="utf-8").splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)

    def run_plainly(self) -> tuple[int, str]:
        """Runs the program without a debugger: its exit status and its output."""
        done = subprocess.run(
            [sys.executable, str(self.program)], cwd=self.folder, capture_output=True, stdin=subprocess.DEVNULL
        )
        return done.returncode, done.stdout.decode()

    def start(self) -> int:
        """Starts the program under the debugger, and returns its process id."""
        self._process = subprocess.Popen(
            self.command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for stream, into in ((self._process.stdout, self._out), (self._process.stderr, self._err)):
            assert stream is not None
            reader = threading.Thread(target=into.extend, args=(iter(stream.readline, b""),))
            reader.start()
            self._readers.append(reader)
        return self._process.pid

    def connect(self, deadline: float = 15.0) -> Client:
        """Connects as soon as the port is open."""
        assert self._process is not None
        give_up = time.monotonic() + deadline
        while True:
            try:
                return Client("127.0.0.1", self.port)
            except OSError as error:
                if self._process.poll() is not None:
                    raise ProtocolError(f"the program ended with status {self._process.returncode}") from None
                if time.monotonic() > give_up:
                    raise ProtocolError(f"port {self.port} was not opened within {deadline:.0f} s: {error}") from None
                time.sleep(0.002)

    def finish(self, deadline: float = 15.0) -> tuple[int, str]:
        """Waits for the end of the program: its exit status and its output."""
        assert self._process is not None
        try:
            status = self._process.wait(deadline)
        except subprocess.TimeoutExpired:
            raise ProtocolError(f"the program did not end within {deadline:.0f} s") from None
        for reader in self._readers:
            reader.join()
        return status, self.output()

    def output(self) -> str:
        """What the program has printed up to now."""
        return b"".join(self._out).decode()

    def first_output(self, deadline: float = 15.0) -> str:
        """What the program has printed, as soon as that is anything: a pipe takes its time. Empty after `deadline`."""
        give_up = time.monotonic() + deadline
        while not self._out and time.monotonic() < give_up:
            time.sleep(0.002)
        return self.output()

    def complaints(self) -> str:
        """What stands on the standard error of the program."""
        return b"".join(self._err).decode(errors="replace")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
