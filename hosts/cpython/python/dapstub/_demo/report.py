"""What the demonstration prints: sections, values, and each thing it checked with a mark."""

from __future__ import annotations

import os
import sys


class Report:
    """Prints as it goes, and remembers what was not as it should be."""

    def __init__(self) -> None:
        self._checked = 0
        self._failed = 0
        self._sections = 0
        self._coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.name != "nt"

    def section(self, title: str) -> None:
        """Begins a numbered part."""
        self._sections += 1
        self._print(f"\n{self._colour('1', f'{self._sections}. {title}')}")

    def line(self, text: str = "", milliseconds: float | None = None) -> None:
        """Prints a line, with the time it took at the right."""
        indented = "     " + text
        if milliseconds is not None:
            indented = f"{indented:<68} {milliseconds:8.1f} ms"
        self._print(indented.rstrip())

    def check(self, what: str, expected: object, found: object, milliseconds: float | None = None) -> bool:
        """Prints `what` with a mark: whether `found` is as `expected`."""
        self._checked += 1
        if found == expected:
            self._mark(self._colour("32", "ok"), what, milliseconds)
            return True
        self._failed += 1
        self._mark(self._colour("31", "NO"), what, milliseconds)
        self.line(f"expected: {expected!r}")
        self.line(f"found:    {found!r}")
        return False

    def fail(self, what: str, detail: str) -> None:
        """Prints something that ended the demonstration early."""
        self._checked += 1
        self._failed += 1
        self._mark(self._colour("31", "NO"), what, None)
        for line in detail.splitlines():
            self.line(line)

    def conclude(self) -> int:
        """Prints the count, and returns the exit status."""
        right = self._checked - self._failed
        verdict = "all of it true" if self._failed == 0 else f"{self._failed} not true"
        self._print(f"\n{right} of {self._checked} checks: {verdict}")
        return 0 if self._failed == 0 else 1

    def _mark(self, mark: str, what: str, milliseconds: float | None) -> None:
        text = f"{what:<63}" if milliseconds is not None else what
        time = f" {milliseconds:8.1f} ms" if milliseconds is not None else ""
        self._print(f"  {mark} {text}{time}")

    def _colour(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._coloured else text

    def _print(self, text: str) -> None:
        print(text, flush=True)
