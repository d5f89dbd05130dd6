"""`import debugpy` means dapstub: for libraries that call debugpy, and are to get this debugger unchanged."""

from __future__ import annotations

import os
import sys

import dapstub

from . import _api, _dapstub, _log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

# The version of debugpy whose functions these are: libraries compare it.
VERSION = "1.8.22"

FOLDER = os.path.dirname(os.path.abspath(__file__))
# In front of `sys.path` it makes every `import debugpy`, also in a process of its own, find this package.
SHIM = os.path.join(FOLDER, "_shim")

# What `debugpy` has; in its own `__all__` the last ones are missing.
NAMES = [
    "__version__",
    "breakpoint",
    "configure",
    "connect",
    "debug_this_thread",
    "get_cli_options",
    "is_client_connected",
    "listen",
    "log_to",
    "trace_this_thread",
    "trigger_exception_handler",
    "wait_for_client",
]
TYPES = ["CliOptions", "Endpoint"]

_installed: ModuleType | None = None


def install() -> None:
    """Makes ``import debugpy`` anywhere in this process mean dapstub, from now on.

    ``debugpy``, ``debugpy.public_api``, ``debugpy.server``, ``debugpy.server.api``, ``debugpy.server.cli`` and
    ``debugpy._version`` are there; the folder of ``debugpy.__file__``, run as a script, is the command line. The few
    names of ``pydevd`` that libraries call are there as well. What has imported the real debugpy already calls this
    debugger from now on, too. A second call changes nothing.

    Raises :class:`RuntimeError` when the real debugpy debugs this process already.
    """
    global _installed
    if _installed is not None and sys.modules.get("debugpy") is _installed:
        return
    real = _real()
    modules = _make()
    if real is not None:
        names = {name: getattr(modules["debugpy"], name) for name in [*NAMES, *TYPES]}
        for module in (real, sys.modules.get("debugpy.server.api"), sys.modules.get("debugpy.public_api")):
            if module is not None:
                vars(module).update(names)
    for name in [name for name in sys.modules if name == "debugpy" or name.startswith("debugpy.")]:
        del sys.modules[name]
    sys.modules.update(modules)
    _installed = modules["debugpy"]


def pass_on() -> None:
    """Makes ``import debugpy`` mean dapstub in the child processes that Python programs start from here on, too."""
    entries = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    if SHIM not in entries:
        os.environ["PYTHONPATH"] = os.pathsep.join([SHIM, *entries])


def _real() -> ModuleType | None:
    """The real debugpy, if it is loaded. Raises `RuntimeError` if it is at work."""
    present = sys.modules.get("debugpy")
    if present is None or os.path.dirname(getattr(present, "__file__", None) or "").startswith(SHIM):
        return None
    api = sys.modules.get("debugpy.server.api")
    constants = sys.modules.get("_pydevd_bundle.pydevd_constants")
    listens = getattr(getattr(api, "listen", None), "called", False)
    if listens or (constants is not None and constants.get_global_debugger() is not None):
        raise RuntimeError(
            f"debugpy ({present.__file__}) debugs this process already; call dapstub.install_as_debugpy() "
            "before anything calls debugpy.listen() or debugpy.connect()"
        )
    return present


def _make() -> dict[str, Any]:
    """The modules, by name."""
    public = {name: getattr(dapstub, name) for name in [*NAMES, *TYPES]}
    public["__version__"] = VERSION
    debugpy = _module("debugpy", package=[os.path.join(SHIM, "debugpy")], **public, __all__=list(NAMES))
    debugpy.__doc__ = dapstub.__doc__
    # Its folder is run as a script by editors.
    debugpy.__file__ = os.path.join(FOLDER, "__init__.py")
    server = _module("debugpy.server", package=[])
    api = _module("debugpy.server.api", **public, ensure_logging=_log.begin)
    cli = _module("debugpy.server.cli", main=_main)
    version = _module("debugpy._version", get_versions=_versions)
    public_api = _module("debugpy.public_api", **public)
    vars(debugpy).update(server=server, public_api=public_api, _version=version)
    vars(server).update(api=api, cli=cli)
    made = [debugpy, server, api, cli, version, public_api]
    if "pydevd" not in sys.modules:
        # What Ray stops by. The real one is loaded by debugpy only when it begins to work.
        made.append(_module("pydevd", settrace=_settrace, get_global_debugger=_Pydevd))
    return {module.__name__: module for module in made}


def _module(name: str, package: list[str] | None = None, **names: object) -> ModuleType:
    machinery = __import__("_frozen_importlib")
    module = type(sys)(name)
    module.__spec__ = machinery.ModuleSpec(name, None, origin=__file__, is_package=package is not None)
    module.__file__ = __file__
    module.__package__ = name if package is not None else name.rpartition(".")[0]
    if package is not None:
        module.__path__ = package
        module.__spec__.submodule_search_locations = package
    vars(module).update(names)
    return module


def _main() -> int:
    from . import _cli

    return _cli.main(own_path=False)


def _versions() -> dict[str, object]:
    return {"version": VERSION, "dirty": False, "error": None, "full-revisionid": "", "date": ""}


def _settrace(*_: object, suspend: bool = True, **__: object) -> None:
    """Stops where it was called, if a client is there."""
    if suspend:
        _dapstub.breakpoint()


class _Pydevd:
    """Stands for the debugger of pydevd, as far as libraries ask it (Ray's post-mortem debugging)."""

    is_tracing = 0

    def set_additional_thread_info(self, thread: object) -> _Pydevd:
        del thread
        return _Pydevd()

    def stop_on_unhandled_exception(self, debugger: object, thread: object, info: object, excinfo: Any) -> None:
        del debugger, thread, info
        _api.trigger_exception_handler(excinfo)
