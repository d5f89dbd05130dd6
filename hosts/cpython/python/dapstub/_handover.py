"""Leaves the interpreter to the program, and learns how it ended.

The program must not see that a debugger started it: no frame of ours under its own in a stack or in a traceback, no
recursion depth already used, and the exit status that Python itself would give. So it is not called from here. The
command line unwinds altogether, by an exception, and Python then calls `sys.excepthook` with no frame left on the
stack. That hook is a native object, which runs the program, reports what it raised the way Python does, and goes.
"""

from __future__ import annotations

import sys

from . import _dapstub, _lifetime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    from ._program import Program

# 128 + SIGINT: what a shell shows for a program that Ctrl-C has ended.
INTERRUPTED = 130


# The command line's own `__main__`. Python still works on its dictionary after the program has replaced the module.
_command_line = sys.modules["__main__"]

# Python does not hold the hook that it calls, and the hook is still at work when the program's own is back in place.
_hook: _dapstub.Handover | None = None


class Leaving(BaseException):
    """Unwinds the command line. Never seen by the program."""


def leave(prepare: Callable[[], None], program: Program) -> NoReturn:
    """Unwinds the command line; `prepare()` and then the program run when it is gone."""
    excepthook = sys.excepthook

    def begin() -> tuple[Callable[..., object], tuple[Any, ...]]:
        sys.excepthook = excepthook
        for name in ("last_type", "last_value", "last_traceback", "last_exc"):
            vars(sys).pop(name, None)
        _dapstub.set_program(program.name)
        prepare()
        return program.install()

    global _hook
    _hook = sys.excepthook = _dapstub.Handover(begin, end)
    raise Leaving


def end(raised: BaseException | None) -> BaseException | None:
    """Takes note of how the program ended; answers what to leave with, or None to have `raised` reported."""
    _lifetime.status = exit_status(raised)
    if type(raised) is KeyboardInterrupt:
        _note_interrupt(raised)
    if sys.flags.inspect:  # python -i: go on to the prompt
        return None
    if raised is None:
        return SystemExit(0)
    return raised if isinstance(raised, SystemExit) else None


def exit_status(raised: BaseException | None) -> int:
    """The exit status that Python gives to a program which ends by `raised`."""
    if raised is None:
        return 0
    if isinstance(raised, KeyboardInterrupt):
        return INTERRUPTED
    if not isinstance(raised, SystemExit):
        return 1
    if raised.code is None:
        return 0
    if not isinstance(raised.code, int):
        return 1
    return raised.code & (0xFFFFFFFF if sys.platform == "win32" else 0xFF)


def _note_interrupt(raised: KeyboardInterrupt) -> None:
    """Has the process end by SIGINT once Python has shut down.

    Python notes that only where it runs a program text itself; for a text given to `exec` it does so as well.
    """
    traceback = raised.__traceback__
    try:
        exec("raise interrupt", {"__name__": __name__, "interrupt": raised})
    except KeyboardInterrupt:
        raised.__traceback__ = traceback
