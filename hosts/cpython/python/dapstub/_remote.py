"""`--pid`: the debugger for a program that runs already, by `sys.remote_exec` (PEP 768)."""

from __future__ import annotations

import os
import sys

from . import _configuration, _dapstub, _log, _settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._options import Options

# How often to look whether the program has answered, and when to say that it takes its time; seconds.
PAUSE = 0.02
LATE = 5.0

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"

INSTEAD = (
    "start the program with `python -m dapstub --listen PORT FILE`, or have it call dapstub.listen(PORT), or "
    "dapstub.arm(), which opens the port when a signal comes"
)


def inject(pid: int, settings: _dapstub.Settings, options: Options) -> int:
    """Has the process `pid` start its debugger; returns an exit status when it has, or has said why not."""
    obstacle = _obstacle(pid, options)
    if obstacle is not None:
        return _fail(obstacle)
    import json
    import tempfile

    with tempfile.TemporaryDirectory(prefix="dapstub-") as folder:
        answer = os.path.join(folder, "answer.json")
        order = {
            "settings": settings,
            "connect": options.connect,
            "access_token": options.access_token,
            "parent": options.parent,
            "log_to": None if options.log_to is None else os.path.abspath(options.log_to),
            "configure": {name: _configuration.options[name] for name in options.configure},
            "as_debugpy": options.as_debugpy,
            "answer": answer,
        }
        script = os.path.join(folder, "script.py")
        with open(script, "w", encoding="utf-8") as file:
            file.write(_script(json.dumps(order)))
        try:
            _hand_over(pid, [folder, script])
            _log.note(f"inject into process {pid}")
            sys.remote_exec(pid, script)  # type: ignore[attr-defined, unused-ignore]
        except (OSError, RuntimeError, ValueError) as error:
            return _fail(_reason(pid, error))
        try:
            found = _wait(pid, answer)
        except KeyboardInterrupt:
            return _fail(f"process {pid} has not answered; it may still open the port when it runs Python code again")
    if found is None:
        return _fail(f"process {pid} ended before it answered")
    if "error" in found:
        return _fail(f"process {pid}: {found['error']}")
    if options.connect is not None:
        print(f"dapstub: process {pid} is connected to {_settings.where(options.connect)}")
    else:
        host, port = found["address"]
        already = " already" if found["already"] else ""
        print(f"dapstub: process {pid} is{already} listening on {_settings.where((host, port))}")
    return 0


def _obstacle(pid: int, options: Options) -> str | None:
    """Why it can't be tried."""
    if not hasattr(sys, "remote_exec"):
        return f"--pid needs Python 3.14 or newer (sys.remote_exec), and this is {VERSION}; {INSTEAD}"
    if not options.remote_exec:
        return f"--pid works by sys.remote_exec only, and --disable-sys-remote-exec forbids it; {INSTEAD}"
    if pid == os.getpid():
        return f"process {pid} is this one"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return f"there is no process {pid}"
    except (PermissionError, OverflowError):
        # Whether it may be looked into is another question.
        pass
    return None


def _reason(pid: int, error: Exception) -> str:
    """What the failure of `sys.remote_exec` means to a person."""
    if isinstance(error, ProcessLookupError):
        return f"there is no process {pid}"
    if isinstance(error, PermissionError):
        return (
            f"not allowed to look into process {pid}: {error}; it takes the same user with the right to trace "
            "processes (CAP_SYS_PTRACE, kernel.yama.ptrace_scope), or root"
        )
    return f"process {pid} takes no debugger: {error} (it has to be Python {VERSION}, without -X disable-remote-debug)"


def _hand_over(pid: int, paths: list[str]) -> None:
    """Lets the user of the other process read what is there for it, if that is another user than ours."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return
    try:
        owner = os.stat(f"/proc/{pid}")
    except OSError:
        return
    for path in paths:
        os.chown(path, owner.st_uid, owner.st_gid)


def _script(order: str) -> str:
    """What the other process runs. It leaves no name behind there."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return (
        f"(lambda sys: (sys.path.insert(0, {package!r}), __import__('dapstub._injected')._injected.run({order!r}), "
        f"sys.path.remove({package!r})))(__import__('sys'))\n"
    )


def _wait(pid: int, answer: str) -> dict[str, Any] | None:
    """Waits for the answer; None when the process has gone."""
    import json
    import time

    begun = time.monotonic()
    told = False
    while True:
        try:
            with open(answer, encoding="utf-8") as file:
                return json.load(file)  # type: ignore[no-any-return]
        except FileNotFoundError:
            pass
        if not _is_alive(pid):
            return None
        if not told and time.monotonic() - begun > LATE:
            told = True
            sys.stderr.write(f"dapstub: process {pid} runs no Python code just now; waiting for it (Ctrl-C gives up)\n")
        time.sleep(PAUSE)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _fail(text: str) -> int:
    sys.stderr.write(f"dapstub: {text}\n")
    return 1
