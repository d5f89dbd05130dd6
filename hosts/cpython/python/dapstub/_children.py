"""Adapts how child processes are started, so that those which run this Python get a debugger. On Unix.

A forked child gets its debugger when `os.fork` returns. One that executes a program is started under `_child`, which
runs the program as Python itself would; what it needs of this process is one descriptor, whose number stands on its
command line. `sys.argv`, `sys.orig_argv`, `sys.flags`, the environment and all stacks are those without a debugger.
"""

from __future__ import annotations

import os
import sys

from . import _dapstub, _endpoints

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    Word = str | bytes
    # What a starting function is called with instead, and what is called when it has returned.
    Adapted = tuple[tuple[Any, ...], dict[str, Any], Callable[[], object]]

PACKAGE = os.path.dirname(os.path.abspath(__file__))

# The word after the package on the command line of a child; what follows it is for `_child`.
WORD = "--child"

# In front of the number of the socket that listens, for a program that takes the place of another.
PORT = "port="

# Options of Python's that take another word, and those that stand alone; with any other a child is left alone.
_WITH_VALUE = "WX"
_LONG_WITH_VALUE = ("--check-hash-based-pycs",)
_PLAIN = "bBdEiIOPqRsSuv"

# `multiprocessing` looks after its own resources with this process, which has no code of the program's.
_TRACKER = "from multiprocessing.resource_tracker import main"
# This one forks the program's workers, and has no other code of the program's.
_FORKSERVER = "from multiprocessing.forkserver import main"

_installed = False


def enable(wanted: bool) -> None:
    """Lets children that begin from now on be debugged, or not."""
    if hasattr(_dapstub, "enable_children"):
        _dapstub.enable_children(wanted)


def install() -> None:
    """Puts the adapted functions in place of the originals. Once."""
    global _installed
    if _installed or not hasattr(_dapstub, "Starter"):
        return
    _installed = True
    import _posixsubprocess

    _replace(_posixsubprocess, "fork_exec", _fork_exec)
    # It has taken the function out of the module when it was loaded.
    subprocess = sys.modules.get("subprocess")
    if getattr(subprocess, "_fork_exec", None) is not None:
        subprocess._fork_exec = _posixsubprocess.fork_exec  # type: ignore[union-attr]
    for name in ("posix_spawn", "posix_spawnp"):
        if hasattr(os, name):
            _replace(os, name, _posix_spawn)
    for name in ("execv", "execve"):
        _replace(os, name, _execute)
    for name in ("fork", "forkpty"):
        if hasattr(os, name):
            setattr(os, name, _dapstub.Forker(getattr(os, name), f"os:{name}"))
    _replace(os, "_spawnvef", _spawnvef)
    _replace(os, "_exit", _exit)


def _replace(module: Any, name: str, adapt: Callable[[tuple[Any, ...], dict[str, Any] | None], object]) -> None:
    setattr(module, name, _dapstub.Starter(getattr(module, name), adapt, f"{module.__name__}:{name}"))


def _fork_exec(args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> Adapted | None:
    """`_posixsubprocess.fork_exec(args, executables, close_fds, fds_to_keep, cwd, ...)`"""
    words, executables, _, keep, cwd = args[:5]
    folder = b"" if cwd is None else os.fsencode(cwd)
    found = _first_executable(os.path.join(folder, os.fsencode(one)) for one in executables)
    child = _Child.of(found, words)
    if child is None:
        return None
    keep = tuple(sorted({*keep, child.descriptor}))
    return (child.words, *args[1:3], keep, *args[4:]), kwargs or {}, child.close


def _posix_spawn(args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> Adapted | None:
    """`os.posix_spawn(path, argv, env, *, ...)` and `posix_spawnp`, whose path may be a name."""
    if len(args) < 2:
        return None
    path = os.fsencode(args[0])
    if os.path.dirname(path):
        found = _first_executable([path])
    else:
        found = _first_executable(os.path.join(folder, path) for folder in _search_path())
    child = _Child.of(found, args[1])
    if child is None:
        return None
    os.set_inheritable(child.descriptor, True)
    kwargs = dict(kwargs or {})
    if kwargs.get("file_actions"):
        kwargs["file_actions"] = _keep_open(child, kwargs["file_actions"])
    return (args[0], child.words, *args[2:]), kwargs, child.close


def _keep_open(child: _Child, actions: Iterable[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """The same actions; what closes all descriptors from a number on spares the first, which is the child's then."""
    close_from = getattr(os, "POSIX_SPAWN_CLOSEFROM", None)
    kept: list[tuple[int, ...]] = []
    for action in actions:
        if action[0] == close_from and child.number >= action[1]:
            kept.append((os.POSIX_SPAWN_DUP2, child.number, action[1]))
            child.renumber(action[1])
            action = (action[0], action[1] + 1)
        kept.append(action)
    return kept


def _spawnvef(args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> Adapted | None:
    """`os._spawnvef(mode, file, args, env, func)`, below all of `os.spawn*`; `func` forgets or respects the path."""
    mode, file, words, env, function = args
    path = os.fsencode(file)
    if "p" in getattr(function, "__name__", "") and not os.path.dirname(path):
        found = _first_executable(os.path.join(folder, path) for folder in _search_path(env))
    else:
        found = _first_executable([path])
    child = _Child.of(found, words) if words else None
    if child is None:
        return None
    os.set_inheritable(child.descriptor, True)
    return (mode, file, child.words, env, function), kwargs or {}, child.close


def _execute(args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> Adapted | None:
    """`os.execv(path, argv)` and `os.execve(path, argv, env)`, below all of `os.exec*`: the program that
    takes its place is debugged as well, in the process that listens by the same port. The client of this one is told
    right before that it ends.
    """
    if len(args) < 2 or not isinstance(args[0], (str, bytes, os.PathLike)):
        return None
    child = _Child.of(_first_executable([os.fsencode(args[0])]), args[1], successor=True)
    if child is None:
        return None
    for descriptor in child.descriptors:
        os.set_inheritable(descriptor, True)
    return (args[0], child.words, *args[2:]), kwargs or {}, child.close


def _exit(args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> None:
    """`os._exit(status)`, by which many a forked child ends: the client hears of it. What is no status is left to `os`."""
    given = [*args, *(kwargs or {}).values()]
    status = given[0] if len(given) == 1 else None
    if isinstance(status, int) and -(2**31) <= status < 2**31:
        _dapstub.leaving(status)
        _endpoints.withdraw()


def _search_path(env: Any = None) -> list[bytes]:
    return [os.fsencode(folder) for folder in os.get_exec_path(env)]


def _first_executable(paths: Iterable[bytes]) -> bytes | None:
    for path in paths:
        if os.access(path, os.X_OK) and os.path.isfile(path):
            return path
    return None


class _Child:
    """A Python process that is about to begin: its command line, and its end of the connection."""

    def __init__(self, before: list[Word], descriptors: list[int], notes: list[str], target: list[str]) -> None:
        self.descriptors = descriptors
        self.descriptor = self.number = descriptors[0]
        self._parts = before, notes, target

    @property
    def words(self) -> list[Word]:
        before, notes, target = self._parts
        return [*before, PACKAGE, WORD, ",".join([str(self.number), *notes]), *target]

    def renumber(self, number: int) -> None:
        """The descriptor has another number in the child."""
        self.number = number

    def close(self) -> None:
        for descriptor in self.descriptors:
            os.close(descriptor)
        if len(self.descriptors) > 1:
            _dapstub.stay()

    @classmethod
    def of(cls, path: bytes | None, words: Sequence[Word], successor: bool = False) -> _Child | None:
        """None: it is left alone."""
        if path is None or not words or not is_this_python(path):
            return None
        split = split_command([os.fsdecode(word) for word in words[1:]])
        if split is None:
            return None
        options, target = split
        notes = ["debugpy"] if _is_debugpy() else []
        if target[0] == "-c":
            if _TRACKER in target[1].partition("\n")[0]:
                return None
            if _FORKSERVER in target[1].partition("\n")[0]:
                notes.append("quiet")
        if successor and not _dapstub.is_child():
            port = _dapstub.bequeath()
            if port is None:
                return None
            notes.append(f"{PORT}{port[1]}")
            return cls([words[0], *options], [*port], notes, target)
        descriptor = _dapstub.cradle(successor)
        if descriptor is None:
            return None
        return cls([words[0], *options], [descriptor], notes, target)


def _is_debugpy() -> bool:
    """Whether `import debugpy` means this package here; in a child it shall as well."""
    file = getattr(sys.modules.get("debugpy"), "__file__", None)
    return isinstance(file, str) and os.path.dirname(os.path.abspath(file)).startswith(PACKAGE)


def is_this_python(path: bytes) -> bool:
    """Whether a file is the interpreter that runs here, by whatever name."""
    base = os.path.basename(os.path.realpath(path))
    if not base.startswith(b"python"):
        return False
    try:
        return any(os.path.samefile(path, own) for own in {sys.executable, _base_executable()} if own)
    except OSError:
        return False


def _base_executable() -> str:
    return getattr(sys, "_base_executable", None) or sys.executable


def split_command(words: list[str]) -> tuple[list[str], list[str]] | None:
    """Splits what follows `python` into its options and the target: `["-c", CODE, ...]`, `["-m", MODULE, ...]` or
    `[FILE, ...]`. None where there is no target, or something that this does not know.
    """
    options: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "-" or not word:
            return None
        if not word.startswith("-"):
            return options, [word, *rest]
        if word.startswith("--"):
            if word not in _LONG_WITH_VALUE:
                return None
            options += [word, *(value for value in [next(rest, None)] if value is not None)]
            continue
        for index, letter in enumerate(word[1:], 1):
            if letter in "cm":
                value = word[index + 1 :] or next(rest, None)
                if value is None:
                    return None
                if index > 1:
                    options.append(word[:index])
                return options, [f"-{letter}", value, *rest]
            if letter in _WITH_VALUE:
                options.append(word)
                if not word[index + 1 :]:
                    value = next(rest, None)
                    if value is None:
                        return None
                    options.append(value)
                break
            if letter not in _PLAIN:
                return None
        else:
            options.append(word)
    return None
