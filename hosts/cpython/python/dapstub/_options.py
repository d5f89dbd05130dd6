"""Reads the command line, and what `DEBUGPY_EXTRA_ARGV` adds to it.

Written by hand, and without imports: what the command line imports before the program runs is found by the program's
own imports, and a program may have a module of its own with the name of one in the standard library.
"""

from __future__ import annotations

from . import _configuration
from ._help import WANTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal


class UsageError(Exception):
    """What is wrong with the command line, as one sentence."""


class Options:
    """A command line that has been understood."""

    action = "run"  # or "demo", "version", "help"
    config: str | None = None
    listen: tuple[str, int] | None = None
    connect: tuple[str, int] | None = None
    wait: bool = False
    arm: str | None = None
    allow: list[str] | None = None
    token_file: str | None = None
    evaluate: bool = True
    configure: dict[str, object]
    log_to: str | None = None
    log_to_stderr: bool = False
    as_debugpy: bool = False
    access_token: str | None = None
    parent: int | None = None
    remote_exec: bool = True
    kind: Literal["file", "module", "code", "pid"] = "file"  # how `target` is meant
    target = ""
    arguments: list[str]

    def __init__(self) -> None:
        self.configure = {}
        self.arguments = []
        self.seen: set[str] = set()


# What the command line of this process said, and where it listens or connects; for `get_cli_options`.
given: tuple[Options, tuple[str, int]] | None = None


def parse(arguments: list[str], extra: str = "") -> Options:
    """Reads everything up to the program's own arguments, then the words of `extra`, which count less."""
    options = Options()
    if arguments == ["demo"]:
        options.action = "demo"
        return options
    options.arguments = _read(options, list(arguments), frozenset())
    if options.action != "run":
        return options
    from_line = frozenset(options.seen)
    options.seen.clear()
    _read_extra(options, extra.split(), from_line)
    _check(options)
    return options


def _check(options: Options) -> None:
    """Refuses what does not go together."""
    if not options.target and options.kind != "code":
        raise UsageError("no program given: name a FILE, -m MODULE, -c CODE or --pid PID")
    if options.connect is None:
        for name, value in (("--adapter-access-token", options.access_token), ("--parent-session-pid", options.parent)):
            if value is not None:
                raise UsageError(f"{name} requires --connect")
        if options.config is None and options.listen is None:
            raise UsageError("nothing says where to listen: give --listen [HOST:]PORT, or --config FILE")
    else:
        for name, wrong in (
            ("--listen", options.listen is not None),
            ("--config", options.config is not None),
            ("--allow", options.allow is not None),
            ("--token-file", options.token_file is not None),
            ("--no-evaluate", not options.evaluate),
            ("--arm", options.arm is not None),
        ):
            if wrong:
                raise UsageError(f"{name} and --connect exclude each other")
    if options.wait and options.kind == "pid":
        raise UsageError("--pid does not support --wait-for-client")
    if options.wait and options.arm is not None:
        raise UsageError("--arm and --wait-for-client exclude each other")
    if options.arm is not None and options.kind == "pid":
        raise UsageError("--pid does not support --arm")


def _read_extra(options: Options, words: list[str], from_line: frozenset[str]) -> None:
    """Reads options from the environment: those that the command line has not given, and a program if it names none."""
    while words:
        words = _read(options, words, from_line)


def _read(options: Options, rest: list[str], known: frozenset[str]) -> list[str]:
    """Reads options up to the program, and returns what follows it. Those that are `known` are read and left out."""
    while rest:
        word = rest.pop(0)
        name, equals, joined = word.partition("=")
        if not name.startswith("--"):
            name, equals, joined = word, "", ""
        if word in ("-h", "-?", "--help"):
            options.action = "help"
            return []
        if word in ("-V", "--version"):
            options.action = "version"
            return []
        if word[:2] in ("-m", "-c"):
            kind: Literal["module", "code"] = "module" if word[1] == "m" else "code"
            _aim(options, kind, word[2:] or _next(rest, word), known)
            return rest
        if word == "--":
            _aim(options, "file", _next(rest, word), known)
            return rest
        if not word.startswith("-"):
            _aim(options, "file", word, known)
            return rest
        counts = name not in known
        if counts and name in options.seen and name != "--allow":
            raise UsageError(f"{name} is given twice")
        options.seen.add(name)
        if name in FLAGS:
            if equals:
                raise UsageError(f"unknown option {word}")
            if counts:
                FLAGS[name](options)
            continue
        if name == "--pid" or name in WANTED or name.startswith("--configure-"):
            value = joined if equals else _next(rest, name)
            if name == "--pid":
                _aim(options, "pid", value, known)
                return rest
            if counts:
                _take(options, name, value)
            continue
        raise UsageError(f"unknown option {word}")
    return rest


def _aim(options: Options, kind: Literal["file", "module", "code", "pid"], target: str, known: frozenset[str]) -> None:
    if "" in known:
        return
    options.seen.add("")
    if kind == "pid" and not _is_number(target):
        raise UsageError(f"--pid takes the number of a process, not {target!r}")
    options.kind, options.target = kind, target


FLAGS = {
    "--wait-for-client": lambda options: setattr(options, "wait", True),
    "--no-evaluate": lambda options: setattr(options, "evaluate", False),
    "--log-to-stderr": lambda options: setattr(options, "log_to_stderr", True),
    "--as-debugpy": lambda options: setattr(options, "as_debugpy", True),
    "--disable-sys-remote-exec": lambda options: setattr(options, "remote_exec", False),
    # It chooses between two ways to inject that do not exist here.
    "--linux-attach-prefer-lldb": lambda options: None,
}


def _take(options: Options, name: str, value: str) -> None:
    if name == "--config":
        options.config = value
    elif name == "--listen":
        if options.connect is not None:
            raise UsageError("--listen and --connect exclude each other")
        options.listen = _endpoint(name, value)
    elif name == "--connect":
        if options.listen is not None:
            raise UsageError("--listen and --connect exclude each other")
        options.connect = _endpoint(name, value)
    elif name == "--arm":
        options.arm = value
    elif name == "--allow":
        options.allow = [*(options.allow or []), value]
    elif name == "--token-file":
        options.token_file = value
    elif name == "--log-to":
        options.log_to = value
    elif name == "--adapter-access-token":
        options.access_token = value
    elif name == "--parent-session-pid":
        if value and not _is_number(value):
            raise UsageError(f"{name} takes the number of a process, not {value!r}")
        options.parent = int(value) if value else None
    else:
        _configure(options, name, value)


def _configure(options: Options, name: str, value: str) -> None:
    """`--configure-NAME VALUE`, for the two names that debugpy has there."""
    key = name.removeprefix("--configure-")
    if key not in ("qt", "subProcess"):
        raise UsageError(f"{name}: unknown property {key!r}; there are qt and subProcess")
    meaning: object = value
    if key == "subProcess":
        meaning = {"true": True, "false": False}.get(value.lower())
        if meaning is None:
            raise UsageError(f"{name} takes true or false, not {value!r}")
    try:
        options.configure[key] = _configuration.checked(key, meaning)
    except ValueError as error:
        raise UsageError(f"{name}: {error}") from None


def _next(rest: list[str], option: str) -> str:
    if not rest:
        wanted = WANTED.get(option, "a value")
        raise UsageError(f"{option} must be followed by {wanted}")
    return rest.pop(0)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 10


def _endpoint(option: str, text: str) -> tuple[str, int]:
    if text.startswith("unix:"):
        return text, 0
    host, _, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):  # an IPv6 address, as in a URL
        host = host[1:-1]
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65535):
        raise UsageError(f"{option} takes [HOST:]PORT with a port from 0 to 65535, not {text!r}")
    return host or "127.0.0.1", int(port)
