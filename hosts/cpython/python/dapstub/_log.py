"""The log of what the debugger does. Nothing is written unless somebody asks for it, and never a value or a secret.

It begins with the first call that has to do with debugging; where it goes must be said before.
"""

from __future__ import annotations

import os
import sys

from . import _dapstub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike
    from typing import TextIO

LEVELS = ["error", "warning", "info", "debug"]
STANDARD_ERROR = 2

_folder: str | PathLike[str] | None = os.environ.get("DEBUGPY_LOG_DIR") or None
_stream: int | None = None
# How much goes to the stream: an index of LEVELS.
_verbose = len(LEVELS) - 1
_begun = False

# debugpy wants the names of levels here, with spaces between them.
_words = os.environ.get("DEBUGPY_LOG_STDERR", "").lower().split()
if _words:
    _stream = STANDARD_ERROR
    _verbose = max([LEVELS.index(word) for word in _words if word in LEVELS], default=_verbose)


def to(target: str | PathLike[str] | TextIO) -> None:
    """Says where the log goes; nothing is opened yet."""
    global _folder, _stream, _verbose
    if _begun:
        raise RuntimeError("logging has already begun")
    if isinstance(target, str) or hasattr(target, "__fspath__"):
        _folder = target
        return
    _stream, _verbose = _descriptor(target), len(LEVELS) - 1


def _descriptor(stream: object) -> int:
    try:
        return stream.fileno()  # type: ignore[attr-defined, no-any-return]
    except (AttributeError, OSError, ValueError):
        # Something of a notebook or a test that stands for it, and can be written to under the GIL only.
        if stream is sys.stderr:
            return STANDARD_ERROR
        raise ValueError(f"expected the path of a folder, or a stream with a file descriptor, not {stream!r}") from None


def begin() -> None:
    """Begins the log, if one was asked for. Where it goes is settled from now on."""
    global _begun
    if _begun:
        return
    _begun = True
    if _folder is None and _stream is None:
        return
    _dapstub.log_to(_folder, _stream, _verbose)
    note(f"dapstub {_dapstub.__version__}, Python {sys.version}, {sys.platform}, process {os.getpid()}")


def note(text: str) -> None:
    """Writes one line, if there is a log."""
    begin()
    _dapstub.log(text)


def connections() -> None:
    """Gives the records of connections a file of their own, for a program that listens."""
    begin()
    _dapstub.log_connections()
