"""The calls a program makes to be debugged."""

from __future__ import annotations

import sys

from . import _children, _dapstub, _lifetime, _settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from os import PathLike

# What a `start` with `start: false` was given: a later `start()` means these settings.
_dormant: _dapstub.Settings | None = None


def listen(
    endpoint: int | str | tuple[str, int],
    *,
    allow: str | Sequence[str] | None = None,
    token: str | None = None,
    evaluate: bool = True,
    in_process_debug_adapter: bool = False,
) -> tuple[str, int]:
    """Opens the port that an editor attaches to, and returns its ``(host, port)``.

    ``endpoint`` is a port, on 127.0.0.1, or ``(host, port)``. Port 0 takes a free one. It stays open for the rest of
    the process. ``"unix:/path"`` is a Unix socket for the user of this process alone; its ``(host, port)`` is
    ``("unix:/path", 0)``. The program runs on; :func:`wait_for_client` holds it.

    ``allow``, ``token`` and ``evaluate`` say who may debug, and how far: see :func:`start`.

    ``in_process_debug_adapter`` is there for programs written for debugpy. The debugger is always in the process.

    Raises :class:`ValueError` when ``endpoint`` is neither form, and :class:`RuntimeError` when this process listens
    already or the port cannot be opened; in the second case ``listen`` may be called again.
    """
    del in_process_debug_adapter
    settings = _settings.access(allow, token, evaluate)
    settings["host"], settings["port"] = _settings.endpoint(endpoint)
    with _Injection():
        return _dapstub.listen(settings)


def start(config: str | PathLike[str] | Mapping[str, object] | None = None) -> tuple[str, int] | None:
    """Starts the debugger as a configuration says, once; returns its ``(host, port)``.

    ``config`` is the path of a YAML file, whose ``debugpy:`` block counts, or a mapping with the keys of that block:

    =============  =========  ==================================================================
    key            default    meaning
    =============  =========  ==================================================================
    host           "0.0.0.0"  the interface to listen on: a name, an address, or ``unix:/path`` for a
                              Unix socket that only the user of this process can open
    port           5678       the port to listen on
    start          True       False: nothing is opened now, the answer is ``None``
    wait           False      True: return only when a client has attached and is configured;
                              ignored when ``start`` is False
    allow          None       the networks that may connect by TCP: an IP address, ``address/bits``,
                              or a list of them; None lets everyone connect
    token          None       text that a client has to give as ``token`` in its launch.json
    evaluate       True       False: look, but don't touch; whatever evaluates an expression of the
                              client's, changes the program or ends it is refused
    path_mappings  []         for a client that sends no ``pathMappings``: mappings with a
                              ``local_root``, an absolute folder of the client, and the
                              ``remote_root`` that is the same folder on this side
    just_my_code   None       for a client that does not say ``justMyCode``: whether library code
                              is left out; None means what it means to the client, True
    =============  =========  ==================================================================

    Without ``config`` the defaults count, or, if an earlier call said ``start: False``, what that call was given.

    The first call that starts the debugger opens the port. Every later one returns the same address and changes
    nothing. After a :class:`RuntimeError` (the port cannot be opened) nothing is started; a later call may try again.

    Raises :class:`ValueError` when the configuration is wrong; for a file, with its line and column.
    """
    global _dormant
    if config is None and _dormant is not None:
        settings: _dapstub.Settings = {**_dormant, "start": True, "wait": False}
    else:
        settings = _settings.read(config)
    if not settings["start"]:
        address = _dapstub.address()
        if address is None:
            _dormant = settings
        return address
    with _Injection():
        return _dapstub.start(settings)


def is_client_connected() -> bool:
    """Tells whether an editor is attached to this process now."""
    return _dapstub.is_client_connected()


def on_client_change(callback: Callable[[bool], object]) -> None:
    """Has ``callback`` told of editors that come and go, from now on, for the rest of the process.

    ``callback(True)`` comes when one has attached and has set its breakpoints, ``callback(False)`` when it has left.
    The call comes on a thread of the debugger's, or on one that is stopped at a breakpoint: ``callback`` must return
    quickly and wait for nothing. What it raises goes to ``sys.unraisablehook``.
    """
    _dapstub.on_client_change(callback)


class _WaitForClient:
    """Holds the caller until an editor is attached and has set its breakpoints.

    Returns at once when one is attached already. Other threads run on. Raises :class:`RuntimeError` when nothing
    listens. ``wait_for_client.cancel()``, from another thread, lets the waiting callers go without a client.
    """

    def __init__(self) -> None:
        self._called = False

    def __call__(self) -> None:
        self._called = True
        _dapstub.wait_for_client()

    def __repr__(self) -> str:
        return "<function dapstub.wait_for_client>"

    def cancel(self) -> None:
        """Lets every caller of ``wait_for_client`` go. Raises :class:`RuntimeError` before the first call."""
        if not self._called:
            raise RuntimeError("wait_for_client() must be called first")
        _dapstub.cancel_wait()


wait_for_client = _WaitForClient()


class _Injection:
    """What must stand in the interpreter before the first client can come; taken back if the port does not open."""

    def __enter__(self) -> None:
        self._hook = sys.breakpointhook
        sys.breakpointhook = _dapstub.breakpoint
        _lifetime.follow()
        _children.install()

    def __exit__(self, *_: object) -> None:
        if _dapstub.address() is None:
            sys.breakpointhook = self._hook
