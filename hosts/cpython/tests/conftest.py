"""What the tests share: an installed dapstub, and Python processes with and without it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import dapstub
import pytest

DEADLINE = 30  # seconds for a process that should take a fraction of one

PACKAGE = Path(dapstub.__file__).parent
SCRIPT = Path(sys.executable).with_name("dapstub.exe" if os.name == "nt" else "dapstub")

# The ways to start the command line. All of them must do the same.
DOORS = {
    "module": [sys.executable, "-m", "dapstub"],
    "script": [str(SCRIPT)],
    "folder": [sys.executable, str(PACKAGE)],
}


@dataclass
class Outcome:
    """How a process ended, and what it wrote."""

    status: int
    out: str
    err: str


def run(command: list[str], cwd: Path, **options: object) -> Outcome:
    """Runs `command` to its end."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **options.pop("env", {})}
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, timeout=DEADLINE, stdin=subprocess.DEVNULL, env=environment, **options
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture(params=list(DOORS))
def door(request: pytest.FixtureRequest) -> list[str]:
    """Each way to start the command line."""
    return DOORS[request.param]


@dataclass
class Workplace:
    """A folder with programs in it."""

    folder: Path

    def write(self, name: str, text: str | bytes) -> str:
        """Writes a file, and returns `name`."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return name

    def run(self, *command: str, **options: object) -> Outcome:
        """Runs a command in the folder."""
        return run(list(command), self.folder, **options)

    def python(self, *arguments: str, **options: object) -> Outcome:
        """Runs plain Python."""
        return self.run(sys.executable, *arguments, **options)

    def dapstub(self, *arguments: str, **options: object) -> Outcome:
        """Runs a program that an editor could attach to, by `python -m dapstub`."""
        return self.run(*DOORS["module"], "--listen", str(free_port()), *arguments, **options)

    def same(self, *arguments: str, door: list[str] = DOORS["module"], **options: object) -> Outcome:
        """Runs a program with and without the debugger, and checks that nothing tells the two apart."""
        plain = self.run(sys.executable, *arguments, **options)
        debugged = self.run(*door, "--listen", str(free_port()), *arguments, **options)
        assert _comparable(debugged) == _comparable(plain)
        return debugged


def _comparable(outcome: Outcome) -> tuple[int, str, str]:
    """Takes out what differs from one process to the next."""
    addresses = re.compile(r"0x[0-9a-f]{6,}")
    return outcome.status, addresses.sub("0x", outcome.out), addresses.sub("0x", outcome.err)


@pytest.fixture
def work(tmp_path: Path) -> Workplace:
    """An empty folder to run programs in."""
    return Workplace(tmp_path)
