"""One Home Assistant in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import aiohttp
import archive
import users

HERE = Path(__file__).parent

# Seconds for a start that takes ten on an idle machine, and for an end that takes two.
START = 240
END = 120


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class HomeAssistant:
    """A configuration folder, and the process that runs on it."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "config"
        custom = self.config / "custom_components"
        archive.write(folder / "release.zip")
        shutil.unpack_archive(folder / "release.zip", folder / "release")
        shutil.copytree(folder / "release" / "custom_components", custom)
        shutil.copytree(HERE / "probe", custom / "probe", ignore=shutil.ignore_patterns("__pycache__"))
        self.probe = custom / "probe" / "__init__.py"
        self.tokens = users.store(self.config)
        self.port = free_port()
        self.debug_port = free_port()
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self, block: str, *arguments: str, shortened: bool = False) -> None:
        """Starts Home Assistant with `block` at the end of its configuration, and does not wait for it."""
        (self.config / "configuration.yaml").write_text(
            "homeassistant:\n  name: Test\n  internal_url: http://127.0.0.1\n"
            f"http:\n  server_host: 127.0.0.1\n  server_port: {self.port}\n"
            f"api:\nwebsocket_api:\nprobe:\n{block}"
        )
        program = [str(HERE / "boot.py")] if shortened else ["-m", "homeassistant"]
        command = [sys.executable, *program, "-c", str(self.config), "--skip-pip", "--log-no-color", *arguments]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self.config,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            )

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def boot(self, block: str, *arguments: str) -> None:
        """Starts Home Assistant and waits until it runs."""
        self.begin(block, *arguments)
        self.wait_until_running()

    def wait_until_running(self) -> None:
        """Returns when Home Assistant says RUNNING."""
        give_up = time.monotonic() + START
        while not self.is_running():
            assert self._process.poll() is None, f"Home Assistant ended:\n{self.log()}"
            assert time.monotonic() < give_up, f"Home Assistant did not start:\n{self.log()}"
            time.sleep(0.25)

    def is_running(self) -> bool:
        """Whether it says RUNNING now."""
        try:
            status, answer = self.rest("GET", "config")
        except OSError:
            return False
        return status == 200 and answer.get("state") == "RUNNING"

    def log(self) -> str:
        """Everything that it wrote so far."""
        return self._log.read_text()

    def lines(self, text: str) -> list[str]:
        """The lines of the log that contain `text`."""
        return [line for line in self.log().splitlines() if text in line]

    def wait_for_line(self, text: str, seconds: float = START) -> None:
        """Returns when the log has a line with `text`."""
        give_up = time.monotonic() + seconds
        while not self.lines(text):
            assert time.monotonic() < give_up, f"no line {text!r} in:\n{self.log()}"
            time.sleep(0.1)

    def is_listening(self) -> bool:
        """Whether the debugger's port is open."""
        try:
            socket.create_connection(("127.0.0.1", self.debug_port), 1).close()
        except OSError:
            return False
        return True

    def terminate(self) -> int:
        """Sends SIGTERM, as the stop of a container does, and returns the exit status."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(END)

    def send_sigterm(self) -> None:
        """Sends SIGTERM and does not wait."""
        self._process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """Waits for the end of the process."""
        return self._process.wait(END)

    def kill(self) -> None:
        """Ends the process if it has not ended."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def rest(self, method: str, path: str, data: object = None, user: str | None = "admin") -> tuple[int, object]:
        """Calls the REST interface: status and answer."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/api/{path}", method=method)
        if user is not None:
            request.add_header("Authorization", f"Bearer {self.tokens[user]}")
        if data is not None:
            request.data = json.dumps(data).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=END) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read()
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text.decode()

    def call(self, service: str, user: str = "admin", **options: object) -> dict[str, object]:
        """Calls a service over the WebSocket: the whole answer."""
        domain, name = service.split(".")
        message = {"id": 1, "type": "call_service", "domain": domain, "service": name, **options}
        return asyncio.run(self._call(message, user))

    async def _call(self, message: dict[str, object], user: str) -> dict[str, object]:
        address = f"http://127.0.0.1:{self.port}/api/websocket"
        async with aiohttp.ClientSession() as session, session.ws_connect(address) as socket:
            assert (await socket.receive_json())["type"] == "auth_required"
            await socket.send_json({"type": "auth", "access_token": self.tokens[user]})
            assert (await socket.receive_json())["type"] == "auth_ok"
            await socket.send_json(message)
            return await socket.receive_json(timeout=END)

    def state(self) -> dict[str, object]:
        """What the probe says: whether asyncio's debug mode is on, and the components."""
        return self.call("probe.state", return_response=True)["result"]["response"]

    def asyncio_debug(self) -> bool:
        """Whether asyncio's debug mode is on."""
        return self.state()["asyncio_debug"]

    def becomes(self, wanted: bool, seconds: float = 30) -> bool:
        """Whether asyncio's debug mode gets to be as `wanted`."""
        give_up = time.monotonic() + seconds
        while self.asyncio_debug() != wanted:
            if time.monotonic() > give_up:
                return False
            time.sleep(0.1)
        return True
