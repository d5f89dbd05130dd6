"""A small client of the Debug Adapter Protocol, as strict as an editor may be."""

from __future__ import annotations

import json
import re
import socket
import time
from typing import Any

DEADLINE = 15.0  # seconds for any single answer

Message = dict[str, Any]

_HEADER = re.compile(rb"Content-Length: ([0-9]{1,9})\r\n\r\n")


class ProtocolError(Exception):
    """The debugger did not answer, or not as the protocol says."""


class Client:
    """One session, on one TCP connection. Every wait has a deadline."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), DEADLINE)
        if self._socket.getsockname() == self._socket.getpeername():
            # Where nobody listens, the system may choose the very port as the near end: TCP calls that a connection.
            self._socket.close()
            raise ConnectionRefusedError(f"nobody listens on {host}:{port}")
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""
        self._sent = 0
        self._last_seq = 0
        self._open: dict[int, tuple[str, float]] = {}
        self._answers: dict[int, tuple[Message, float]] = {}
        self._events: list[tuple[Message, float]] = []
        # The names of all messages in the order of their arrival, responses as "command!".
        self.order: list[str] = []

    def close(self) -> None:
        """Closes the connection."""
        self._socket.close()

    def send(self, command: str, **arguments: object) -> int:
        """Sends a request without waiting, and returns its number."""
        self._sent += 1
        body = json.dumps({"seq": self._sent, "type": "request", "command": command, "arguments": arguments}).encode()
        self._open[self._sent] = (command, time.perf_counter())
        self._socket.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        return self._sent

    def answer(self, request: int) -> tuple[Message, float]:
        """Waits for the response to `request`: its body, and how many milliseconds it took."""
        while request not in self._answers:
            self._take(f"no answer to {self._open[request][0]!r}")
        response, milliseconds = self._answers.pop(request)
        if not response["success"]:
            raise ProtocolError(f"{response['command']!r} failed: {response.get('message')}")
        return response.get("body") or {}, milliseconds

    def ask(self, command: str, **arguments: object) -> tuple[Message, float]:
        """Sends a request and waits for its response."""
        return self.answer(self.send(command, **arguments))

    def wait_for(self, event: str) -> tuple[Message, float]:
        """Waits for an event: its body, and when it came. Other events before it are dropped."""
        while True:
            while self._events:
                message, when = self._events.pop(0)
                if message["event"] == event:
                    return message.get("body") or {}, when
            self._take(f"no event {event!r}")

    def _take(self, lacking: str) -> None:
        """Reads one message and puts it where it belongs."""
        message = self._read(lacking)
        now = time.perf_counter()
        if message.get("seq") != self._last_seq + 1:
            raise ProtocolError(f"message {message.get('seq')!r} came after message {self._last_seq}")
        self._last_seq += 1
        if message.get("type") == "event":
            self._take_event(message, now)
        elif message.get("type") == "response":
            self._take_response(message, now)
        else:
            raise ProtocolError(f"neither event nor response: {message}")

    def _take_event(self, message: Message, now: float) -> None:
        if "initialize!" not in self.order:
            raise ProtocolError(f"event {message.get('event')!r} before the response to initialize")
        self.order.append(message["event"])
        self._events.append((message, now))

    def _take_response(self, message: Message, now: float) -> None:
        command, began = self._open.pop(message.get("request_seq", 0), (None, 0.0))
        if command is None or command != message.get("command"):
            raise ProtocolError(f"a response to nothing that was asked: {message}")
        self.order.append(f"{command}!")
        self._answers[message["request_seq"]] = (message, (now - began) * 1000)

    def _read(self, lacking: str) -> Message:
        """Cuts one message out of the stream."""
        give_up = time.monotonic() + DEADLINE
        while True:
            header = _HEADER.match(self._received)
            if header and len(self._received) - header.end() >= int(header[1]):
                end = header.end() + int(header[1])
                body, self._received = self._received[header.end() : end], self._received[end:]
                message = json.loads(body)
                if not isinstance(message, dict):
                    raise ProtocolError(f"not a message: {body!r}")
                return message
            if not header and (b"\r\n\r\n" in self._received or len(self._received) > 64):
                raise ProtocolError(f"not a header: {self._received[:64]!r}")
            self._socket.settimeout(max(give_up - time.monotonic(), 0.001))
            try:
                more = self._socket.recv(65536)
            except TimeoutError:
                raise ProtocolError(f"{lacking} within {DEADLINE:.0f} s") from None
            except OSError as error:
                raise ProtocolError(f"{lacking}: {error}") from None
            if not more:
                raise ProtocolError(f"{lacking}: the connection was closed")
            self._received += more
