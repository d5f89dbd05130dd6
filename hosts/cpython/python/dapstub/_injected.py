"""The other end of `--pid`: runs in the process that gets a debugger, on its main thread, between two instructions."""

from __future__ import annotations

import json
import os

from . import _api, _as_debugpy, _configuration, _dapstub, _log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def run(order: str) -> None:
    """Starts the debugger as ordered, and writes the answer. Nothing of it may disturb the program."""
    wanted = json.loads(order)
    try:
        answer = _start(wanted)
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    unfinished = f"{wanted['answer']}.part"
    try:
        with open(unfinished, "w", encoding="utf-8") as file:
            json.dump(answer, file)
        os.replace(unfinished, wanted["answer"])
    except OSError:
        # Whoever asked has given up, and taken the folder away.
        pass


def _start(wanted: dict[str, Any]) -> dict[str, object]:
    if wanted["log_to"] is not None:
        try:
            _log.to(wanted["log_to"])
        except RuntimeError:
            # There is a log already, elsewhere.
            pass
    _configuration.update(wanted["configure"], {})
    if wanted["as_debugpy"]:
        _as_debugpy.install()
    if wanted["connect"] is not None:
        if _dapstub.is_running():
            raise RuntimeError("it has its debugger already")
        host, port = wanted["connect"]
        address = host if host.startswith("unix:") else (host, port)
        _api.dial(address, wanted["access_token"], wanted["parent"])
        return {}
    already = _dapstub.address() is not None
    settings = wanted["settings"]
    settings["path_mappings"] = [tuple(pair) for pair in settings["path_mappings"]]
    return {"address": _api.start({**settings, "start": True, "wait": False}), "already": already}
