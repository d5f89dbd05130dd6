"""The program to run: what Python sets up for it, in `sys.argv`, `sys.path` and `__main__`."""

from __future__ import annotations

import builtins
import os
import sys

from . import _source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    # What to call, and with what: nothing of ours may stand between it and the program.
    Run = tuple[Callable[..., object], tuple[Any, ...]]


def of(kind: str, target: str, arguments: list[str]) -> Program:
    """The program that `target` means: a "file" (or folder, or zip file), a "module", or "code"."""
    if kind == "module":
        return Module(target, arguments)
    if kind == "code":
        return Code(target, arguments)
    if _is_importable(target):
        return Folder(target, arguments)
    return File(target, arguments)


class Program:
    """What all kinds have in common."""

    # What stands in sys.argv[0].
    argv0: str

    def __init__(self, target: str, arguments: list[str]) -> None:
        self.target = target
        self.arguments = arguments
        self.argv0 = target

    @property
    def name(self) -> str:
        """The name of the program in an editor."""
        return self.target

    def obstacle(self) -> str | None:
        """Why it cannot run at all, in Python's words, when that shows before it is read."""
        return None

    def install(self) -> Run:
        """Gives the process to the program: a fresh `__main__`, its `sys.argv` and `sys.path`."""
        sys.argv[:] = [self.argv0, *self.arguments]
        main = type(sys)("__main__")
        namespace = vars(main)
        namespace["__loader__"] = __import__("_frozen_importlib").BuiltinImporter
        if sys.version_info < (3, 14):
            namespace["__annotations__"] = {}
        namespace["__builtins__"] = builtins
        sys.modules["__main__"] = main
        return self.run(namespace)

    def run(self, namespace: dict[str, Any]) -> Run:
        raise NotImplementedError

    def add_path(self, entry: str) -> None:
        """Puts the program's own place in front of `sys.path`, unless `python -P` or `-I` forbids it."""
        if not sys.flags.safe_path:
            sys.path.insert(0, entry)


class File(Program):
    """`python FILE`."""

    @property
    def name(self) -> str:
        return os.path.abspath(self.target)

    def obstacle(self) -> str | None:
        try:
            with open(self.target, "rb"):
                return None
        except OSError as error:
            return f"{sys.orig_argv[0]}: can't open file {self.name!r}: [Errno {error.errno}] {error.strerror}"

    def run(self, namespace: dict[str, Any]) -> Run:
        external = __import__("_frozen_importlib_external")
        path = self.name
        compiled = path.endswith(".pyc")
        loader = external.SourcelessFileLoader if compiled else external.SourceFileLoader
        namespace["__loader__"] = loader("__main__", path)
        namespace["__file__"] = path
        if sys.version_info < (3, 15):
            namespace["__cached__"] = None
        self.add_path(os.path.dirname(os.path.realpath(self.target)))
        if compiled:
            return exec, (namespace["__loader__"].get_code("__main__"), namespace)
        source = _source.read(path)
        if source is None:
            return _source.refuse, (path,)
        return _compile_and_run(source, path, namespace)


class Folder(Program):
    """`python FOLDER`, or a zip file, with a `__main__.py` in it."""

    @property
    def name(self) -> str:
        return os.path.abspath(self.target)

    def run(self, namespace: dict[str, Any]) -> Run:
        # Not a matter of `python -P`: the program is found by this entry.
        sys.path.insert(0, self.name)
        import runpy

        return runpy._run_module_as_main, ("__main__", False)  # type: ignore[attr-defined]


class Module(Program):
    """`python -m MODULE`."""

    def __init__(self, target: str, arguments: list[str]) -> None:
        super().__init__(target, arguments)
        self.argv0 = "-m"

    def run(self, namespace: dict[str, Any]) -> Run:
        self.add_path(os.getcwd())
        import runpy

        return runpy._run_module_as_main, (self.target, True)  # type: ignore[attr-defined]


class Code(Program):
    """`python -c CODE`."""

    def __init__(self, target: str, arguments: list[str]) -> None:
        super().__init__(target, arguments)
        self.argv0 = "-c"

    @property
    def name(self) -> str:
        return "-c"

    def run(self, namespace: dict[str, Any]) -> Run:
        self.add_path("")
        if sys.version_info >= (3, 13):
            # Python shows the lines of this text in tracebacks since then.
            import linecache

            lines = [line + "\n" for line in self.target.splitlines()]
            linecache.cache["<string>"] = (len(self.target), None, lines, "<string>")
        return _compile_and_run(self.target, "<string>", namespace)


def _compile_and_run(source: str | bytes, path: str, namespace: dict[str, Any]) -> Run:
    """Compiling and executing, as one call with no Python code in it: a `SyntaxError` then has no traceback either."""
    compiled = map(compile, [source], [path], ["exec"], [0], [True])
    return next, (map(exec, compiled, [namespace]),)


def _is_importable(path: str) -> bool:
    """Tells whether Python would look for a `__main__` module in `path`, as it does in a folder or a zip file."""
    for hook in sys.path_hooks:
        try:
            hook(path)
            return True
        except ImportError:
            continue
    return False
