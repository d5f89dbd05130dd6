"""The file that says where a program listens, for whoever has started it: `DEBUGPY_ADAPTER_ENDPOINTS`."""

from __future__ import annotations

import os
import sys

VARIABLE = "DEBUGPY_ADAPTER_ENDPOINTS"

# What was written, and by which process: a forked child is not the one that ends the port.
_written: tuple[str, int] | None = None


def publish(address: tuple[str, int] | None) -> None:
    """Writes the file, whole at once. One that cannot be written is told about: the port is open nevertheless."""
    global _written
    path = os.environ.get(VARIABLE)
    if not path or address is None or (_written is not None and _written[1] == os.getpid()):
        return
    import json

    # Clients and child processes come to the same port.
    place = {"host": address[0], "port": address[1]}
    unfinished = f"{path}.{os.getpid()}"
    try:
        with open(unfinished, "w", encoding="utf-8") as file:
            file.write(json.dumps({"client": place, "server": place}) + "\n")
        os.replace(unfinished, path)
    except OSError as error:
        sys.stderr.write(f"dapstub: {VARIABLE}: can't write {path}: {error.strerror}\n")
        return
    _written = (path, os.getpid())


def withdraw() -> None:
    """Removes the file, at the end of the process that wrote it."""
    global _written
    if _written is None or _written[1] != os.getpid():
        return
    path, _written = _written[0], None
    try:
        os.remove(path)
    except FileNotFoundError:
        pass
    except OSError as error:
        sys.stderr.write(f"dapstub: {VARIABLE}: can't remove {path}: {error.strerror}\n")
