"""The calls a program makes to be debugged."""

from __future__ import annotations

import sys

from . import _children, _configuration, _dapstub, _endpoints, _lifetime, _log, _settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from os import PathLike
    from typing import Any, TextIO

    from ._cli_options import CliOptions

# What a `start` with `start: false` was given: a later `start()` means these settings.
_dormant: _dapstub.Settings | None = None


def listen(
    address: int | str | tuple[str, int],
    *,
    allow: str | Sequence[str] | None = None,
    token: str | None = None,
    evaluate: bool = True,
    in_process_debug_adapter: bool = False,
) -> tuple[str, int]:
    """Opens the port that an editor attaches to, and returns its ``(host, port)``.

    ``address`` is a port, on 127.0.0.1, or ``(host, port)``. Port 0 takes a free one. It stays open for the rest of
    the process. ``"unix:/path"`` is a Unix socket for the user of this process alone; its ``(host, port)`` is
    ``("unix:/path", 0)``. The program runs on; :func:`wait_for_client` holds it.

    ``allow``, ``token`` and ``evaluate`` say who may debug, and how far: see :func:`start`.

    ``in_process_debug_adapter`` is there for programs written for debugpy. The debugger is always in the process.

    Raises :class:`ValueError` when ``address`` is neither form, and :class:`RuntimeError` when this process listens
    already or the port cannot be opened; in the second case ``listen`` may be called again.
    """
    del in_process_debug_adapter
    settings = _settings.access(allow, token, evaluate)
    settings["host"], settings["port"] = _settings.endpoint(address)
    _log.connections()
    _log.note(f"listen on {_settings.where((settings['host'], settings['port']))}")
    with _Injection():
        found = _dapstub.listen(settings)
    _endpoints.publish(found)
    return found


def connect(
    address: int | str | tuple[str, int], *, access_token: str | None = None, parent_session_pid: int | None = None
) -> None:
    """Connects to an editor, or to debugpy's adapter, that waits at this address, and lets it debug this process.

    ``address`` is as for :func:`listen`. The other way round than with :func:`listen`: VS Code waits if its launch.json
    has ``"listen": {"host": ..., "port": ...}``. Returns when the editor has set its breakpoints, or has gone before;
    other threads run on. When the connection ends, the program runs on, and may connect again. Child processes connect to
    the same adapter; those of a program that has connected to an editor without one run undebugged.

    ``access_token`` is told to an adapter that asks whether this is the program it waits for. ``parent_session_pid`` is
    the process that it takes for this one's parent, if not the real one.

    Where the process listens, or is connected, already, nothing happens. Raises :class:`ValueError` when ``address`` is
    neither form, and the :class:`OSError` that the system gives (:class:`ConnectionRefusedError`, say) when the
    connection does not come about; ``connect`` may be called again then.
    """
    if dial(address, access_token, parent_session_pid):
        _dapstub.wait_until_configured()


def dial(address: int | str | tuple[str, int], access_token: str | None, parent_session_pid: int | None) -> bool:
    """Connects as :func:`connect` does, and does not hold the caller; False where there is a debugger already."""
    host, port = _settings.endpoint(address)
    if access_token is not None and not isinstance(access_token, str):
        raise TypeError(f"access_token must be text or None, not {type(access_token).__name__}")
    _log.note(f"connect to {_settings.where((host, port))}")
    with _Injection():
        return _dapstub.connect(host, port, access_token, parent_session_pid or None)


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
    already = _dapstub.address() is not None and not _is_inherited()
    if not settings["start"]:
        if not already:
            _dormant = settings
        return _dapstub.address()
    _log.connections()
    _log.note(f"start on {_settings.where((settings['host'], settings['port']))}")
    with _Injection():
        found = _dapstub.start({**settings, "wait": False})
    _endpoints.publish(found)
    if settings["wait"] and not already:
        _dapstub.wait_for_client()
    return found


def configure(properties: Mapping[str, Any] | None = None, /, **keywords: Any) -> None:
    """Chooses what no client can choose in time. Call it before :func:`listen`.

    The properties come as a mapping or as keywords. ``subProcess`` (True) says whether child processes are debugged as
    well. ``qt``, ``python`` and ``pythonEnv`` are debugpy's; they are checked, and nothing here depends on them.

    Raises :class:`ValueError` for an unknown property or a value that it cannot have.
    """
    _log.note("configure")
    _configuration.update(properties, keywords)


def log_to(target: str | PathLike[str] | TextIO, /) -> None:
    """Has the debugger say what it does: in files in a folder, or in a stream such as ``sys.stderr``.

    The folder gets ``debugpy.server-PID.log`` (the calls of the program), ``debugpy.adapter-PID.log`` (connections) and
    ``debugpy.pydevd.PID.log`` (the engine). The environment variable ``DEBUGPY_LOG_DIR`` does the same. No value of the
    program and no secret is written.

    Call it before anything else here: raises :class:`RuntimeError` when logging has begun, which every call begins that
    starts or configures the debugger.
    """
    _log.to(target)


def debug_this_thread() -> None:
    """Does nothing: every thread that runs Python code is debugged, whoever started it."""
    _log.note("debug_this_thread")


def trace_this_thread(should_trace: bool, /) -> None:
    """Says whether breakpoints, steps and exceptions of the calling thread count; at first they do.

    With False only a :func:`breakpoint` of its own stops this thread.
    """
    _log.note("trace_this_thread")
    _dapstub.trace_this_thread(bool(should_trace))


def trigger_exception_handler(
    excinfo: BaseException | tuple[Any, Any, Any] | None = None, as_uncaught: bool = True
) -> None:
    """Stops at an exception that the program has caught, as if nothing had caught it.

    ``excinfo`` is an exception, or what ``sys.exc_info()`` gives; None means the exception that is being handled. The
    editor sees it where it was raised, with all variables; the program goes on behind this call.

    With ``as_uncaught`` it stops only if the editor asked for uncaught exceptions, and would have stopped at this one;
    with False in any case. Does nothing without a client, or without an exception. Raises :class:`ValueError` when
    ``excinfo`` is none of these things.
    """
    _log.begin()
    if not _dapstub.is_client_connected():
        return
    if excinfo is None:
        excinfo = sys.exc_info()
    if isinstance(excinfo, BaseException):
        excinfo = (type(excinfo), excinfo, excinfo.__traceback__)
    if not isinstance(excinfo, tuple) or len(excinfo) != 3:
        raise _no_exception(excinfo)
    kind, value, traceback = excinfo
    if kind is None or value is None or traceback is None:
        return
    if not isinstance(kind, type) or not isinstance(value, BaseException) or not hasattr(traceback, "tb_frame"):
        raise _no_exception(excinfo)
    _dapstub.show_exception(value, traceback, bool(as_uncaught))


def _no_exception(excinfo: object) -> ValueError:
    return ValueError(f"expected an exception, or a (type, value, traceback) as of sys.exc_info(), not {excinfo!r}")


def get_cli_options() -> CliOptions | None:
    """What the command line said, if this process was started by it: a read-only :class:`CliOptions`."""
    from . import _cli_options

    return _cli_options.current()


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


def _is_inherited() -> bool:
    """Whether the port is that of the program whose place this one has taken, by `os.exec*`."""
    return hasattr(_dapstub, "is_inherited") and _dapstub.is_inherited()


class _WaitForClient:
    """Holds the caller until an editor is attached and has set its breakpoints.

    Returns at once when one is attached already. Other threads run on. Raises :class:`RuntimeError` when nothing
    listens. ``wait_for_client.cancel()``, from another thread, lets the waiting callers go without a client.
    """

    def __init__(self) -> None:
        self._called = False
        self.__name__ = self.__qualname__ = "wait_for_client"

    def __call__(self) -> None:
        _log.note("wait_for_client")
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
        if not _dapstub.is_running():
            sys.breakpointhook = self._hook
