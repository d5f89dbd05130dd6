"""An editor that debugs Home Assistant: what it asks, in the order in which editors ask."""

from __future__ import annotations

import ast
import time
from pathlib import Path

from dapstub._demo import client as dap

# Home Assistant takes its time on a busy machine.
dap.DEADLINE = 90.0


class Editor(dap.Client):
    """A client that attaches at once; every further argument is one of `attach`."""

    def __init__(self, port: int, breakpoints: dict[str, list[int]] | None = None, **arguments: object) -> None:
        super().__init__("127.0.0.1", port)
        self.ask("initialize", adapterID="debugpy", linesStartAt1=True, columnsStartAt1=True, pathFormat="path")
        attached = self.send("attach", **arguments)
        self.wait_for("initialized")
        self.set_breakpoints(breakpoints or {})
        self.ask("configurationDone")
        self.answer(attached)

    def set_breakpoints(self, breakpoints: dict[str, list[int]]) -> None:
        """Sets line breakpoints, by file."""
        for path, lines in breakpoints.items():
            self.ask("setBreakpoints", source={"path": str(path)}, breakpoints=[{"line": line} for line in lines])

    def stopped(self) -> tuple[str, int]:
        """Waits for a stop: the path and line of the topmost frame."""
        self.thread = self.wait_for("stopped")[0]["threadId"]
        frame = self.ask("stackTrace", threadId=self.thread, levels=1)[0]["stackFrames"][0]
        self.frame = frame["id"]
        return frame["source"]["path"], frame["line"]

    def evaluate(self, expression: str) -> str:
        """Evaluates in the topmost frame."""
        return self.ask("evaluate", expression=expression, frameId=self.frame, context="watch")[0]["result"]

    def step(self, kind: str) -> tuple[str, int]:
        """Steps (`next`, `stepIn`, `stepOut`) and waits for the stop: the path and line of the topmost frame."""
        self.ask(kind, threadId=self.thread)
        return self.stopped()

    def go_on(self) -> None:
        """Ends the stop."""
        self.ask("continue", threadId=self.thread)

    def disconnect(self) -> None:
        """Leaves as editors do."""
        self.ask("disconnect")
        self.close()


def editor_within(seconds: float, port: int, *arguments: object, **options: object) -> Editor:
    """Attaches as soon as somebody listens."""
    give_up = time.monotonic() + seconds
    while True:
        try:
            return Editor(port, *arguments, **options)
        except ConnectionRefusedError:
            assert time.monotonic() < give_up, f"nobody listens on port {port}"
            time.sleep(0.1)


def first_line(file: Path, *names: str) -> int:
    """The line of the first statement of a function, given by its class and name."""
    body = ast.parse(file.read_text()).body
    for name in names:
        found = next(node for node in body if getattr(node, "name", None) == name)
        body = found.body
    has_docstring = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    return body[1 if has_docstring else 0].lineno


def marked_line(file: Path, mark: str) -> int:
    """The line that ends with a comment."""
    return next(n for n, line in enumerate(file.read_text().splitlines(), 1) if line.endswith(f"# {mark}"))
