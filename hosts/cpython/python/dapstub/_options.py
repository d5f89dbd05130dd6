"""Reads the command line.

Written by hand, and without imports: what the command line imports before the program runs is found by the program's
own imports, and a program may have a module of its own with the name of one in the standard library.
"""

from __future__ import annotations

USAGE = """\
usage: dapstub [--config FILE] [--listen [HOST:]PORT] [OPTIONS] FILE | -m MODULE | -c CODE [ARGS]
       dapstub demo
       dapstub --version | --help
"""

HELP = (
    USAGE
    + """
Runs a Python program that an editor can attach to, by the Debug Adapter Protocol.
The program sees its own arguments, output and exit status, as under python itself.

the program:
  FILE                  a file, or a folder or zip file with a __main__.py
  -m MODULE             a module, as in python -m
  -c CODE               a text, as in python -c
  ARGS                  everything that follows belongs to the program

the debugger (one of --config and --listen must be given):
  --config FILE         take host, port, start, wait and the rest from the debugpy: block of this YAML file;
                        with start: false nothing is opened until the program calls dapstub.start()
  --listen [HOST:]PORT  listen here, whatever the file says about host, port and start; the host is 127.0.0.1
                        unless given; port 0 takes a free one and prints it on standard error;
                        unix:PATH is a Unix socket for the user of the program alone
  --wait-for-client     hold the program until an editor has attached, whatever the file says about wait

who may debug, and how far, whatever the file says:
  --allow NETWORK       take connections from this address or network only (10.0.0.0/8); may be repeated
  --token-file FILE     let only those attach who give the first line of this file as "token" in their launch.json
                        (there is no option for the token itself: every user of a machine can read command lines)
  --no-evaluate         look, but don't touch: nothing is evaluated or changed for a client

other:
  demo                  debug a small program from start to end, and show each step
  --version             print the version
  -h, --help            print this text

Whoever reaches the port can run code in the program: keep it on 127.0.0.1, or behind a tunnel.
"""
)


class UsageError(Exception):
    """What is wrong with the command line, as one sentence."""


class Options:
    """A command line that has been understood."""

    action = "run"  # or "demo", "version", "help"
    config: str | None = None
    listen: tuple[str, int] | None = None
    wait: bool = False
    allow: list[str] | None = None
    token_file: str | None = None
    evaluate: bool = True
    kind = "file"  # or "module", "code": how `target` is meant
    target = ""
    arguments: list[str]


def parse(arguments: list[str]) -> Options:
    """Reads everything up to the program's own arguments."""
    options = Options()
    rest = list(arguments)
    if rest == ["demo"]:
        options.action = "demo"
        return options
    while rest:
        word = rest.pop(0)
        name, equals, joined = word.partition("=")
        if word in ("-h", "--help"):
            options.action = "help"
            return options
        if word == "--version":
            options.action = "version"
            return options
        if name in ("--config", "--listen", "--allow", "--token-file"):
            value = joined if equals else _next(rest, word)
            if name == "--config":
                options.config = value
            elif name == "--allow":
                options.allow = (options.allow or []) + [value]
            elif name == "--token-file":
                options.token_file = value
            else:
                options.listen = _endpoint(value)
        elif word == "--wait-for-client":
            options.wait = True
        elif word == "--no-evaluate":
            options.evaluate = False
        elif word[:2] in ("-m", "-c"):
            options.kind = "module" if word[1] == "m" else "code"
            options.target = word[2:] or _next(rest, word)
            break
        elif word == "--":
            options.target = _next(rest, word)
            break
        elif word.startswith("-"):
            raise UsageError(f"unknown option {word}")
        else:
            options.target = word
            break
    if not options.target and options.kind != "code":
        raise UsageError("no program given: name a FILE, -m MODULE or -c CODE")
    if options.config is None and options.listen is None:
        raise UsageError("nothing says where to listen: give --listen [HOST:]PORT, or --config FILE")
    options.arguments = rest
    return options


def _next(rest: list[str], option: str) -> str:
    if not rest:
        wanted = {
            "--config": "the path of a YAML file",
            "--listen": "[HOST:]PORT",
            "--allow": "an IP address or a network",
            "--token-file": "the path of a file",
            "-m": "the name of a module",
            "-c": "a program text",
            "--": "a FILE",
        }
        raise UsageError(f"{option} must be followed by {wanted[option]}")
    return rest.pop(0)


def _endpoint(text: str) -> tuple[str, int]:
    if text.startswith("unix:"):
        return text, 0
    host, _, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):  # an IPv6 address, as in a URL
        host = host[1:-1]
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65535):
        raise UsageError(f"--listen takes [HOST:]PORT with a port from 0 to 65535, not {text!r}")
    return host or "127.0.0.1", int(port)
