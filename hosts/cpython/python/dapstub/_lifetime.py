"""Follows what becomes of the process: its end, which the debugger is told, and its forked children."""

import atexit
import os

from . import _dapstub, _endpoints

# The exit status of the program, once the command line knows it. A program that called `listen` itself has none.
status: int | None = None

_followed = False


def follow() -> None:
    """Has the end of the process reported as late as Python code can, and forked children freed from it. Once.

    Python runs exit functions last in, first out, and after the program's own threads have ended: what the program
    registers later can still be debugged.
    """
    global _followed
    if not _followed:
        _followed = True
        atexit.register(_report)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=_dapstub.forking, after_in_parent=_dapstub.has_forked, after_in_child=_dapstub.forked
            )


def _report() -> None:
    _dapstub.exiting(status)
    # Whoever waits for the file to go takes it for the end of the port.
    _endpoints.withdraw()
