"""A program that is dormant until a signal comes."""

from __future__ import annotations

import signal
import threading

from . import _api, _log, _settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike
    from types import FrameType
    from typing import Any

    from ._dapstub import Settings


def number(text: str) -> int:
    """The signal that a person means: `USR1`, `SIGUSR1` or `10`. Raises `ValueError`."""
    try:
        if text.isdigit():
            return signal.Signals(int(text)).value
        return signal.Signals["SIG" + text.upper().removeprefix("SIG")].value
    except (KeyError, ValueError):
        raise ValueError(f"there is no signal {text!r} on this system") from None


def arm(
    config: str | PathLike[str] | Mapping[str, object] | None = None,
    signal: int | None = None,
) -> None:
    """Keeps the program dormant, and opens the port when a signal comes.

    ``config`` is as for :func:`start`, and is read and checked at once; its ``start`` and ``wait`` do not count.
    ``signal`` is SIGUSR1 unless given (SIGBREAK on Windows)::

        dapstub.arm({"host": "127.0.0.1", "port": 5678})      # kill -USR1 PID opens the port

    Until then nothing is opened, and nothing runs. The signal is noticed by the main thread, also while it waits for
    something. A handler that the signal had before is called as well, each time. When the port cannot be opened that is
    logged, and the next signal tries again; once it is open, further signals change nothing. A second ``arm`` for the
    same signal replaces the configuration.

    Raises :class:`ValueError` when the configuration is wrong, or when this is not the main thread.
    """
    settings = _settings.read(config)
    settings = {**settings, "start": True, "wait": False}
    if threading.current_thread() is not threading.main_thread():
        raise ValueError("arm() must be called from the main thread: Python handles signals there")
    wanted = _default() if signal is None else signal
    present = _get(wanted)
    if isinstance(present, _Armed):
        present.settings = settings
    else:
        _set(wanted, _Armed(settings, present))
    _log.note(f"armed for signal {int(wanted)}")


class _Armed:
    """The handler of the signal."""

    def __init__(self, settings: Settings, before: Any) -> None:
        self.settings = settings
        self._before = before

    def __call__(self, signum: int, frame: FrameType | None) -> None:
        try:
            _api.start(self.settings)
        except Exception as error:
            # The program did not ask for it just now, and must not be hit by it.
            import logging

            where = _settings.where((self.settings["host"], self.settings["port"]))
            logging.getLogger("dapstub").error("signal %s: can't listen on %s: %s", signum, where, error)
        if callable(self._before):
            self._before(signum, frame)


def _default() -> int:
    return signal.SIGUSR1 if hasattr(signal, "SIGUSR1") else signal.SIGBREAK  # type: ignore[attr-defined]


_get = signal.getsignal
_set = signal.signal
