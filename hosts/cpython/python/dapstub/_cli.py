"""The command line: what `dapstub`, `python -m dapstub` and this folder run as a script have in common."""

from __future__ import annotations

import sys

from . import _api, _dapstub, _handover, _options, _program, _settings


def main(own_path: bool = not sys.flags.safe_path) -> int:
    """Runs the command line in `sys.argv`.

    Returns an exit status where no program is to run. Otherwise it does not return: see `_handover`.
    `own_path` says that the first entry of `sys.path` is there for us, and not for the program.
    """
    if own_path:
        del sys.path[0]
    try:
        options = _options.parse(sys.argv[1:])
        if options.action == "run":
            settings = _choose(options)
    except _options.UsageError as error:
        sys.stderr.write(f"{_options.USAGE}dapstub: error: {error}\n")
        return 2

    if options.action == "help":
        print(_options.HELP, end="")
    elif options.action == "version":
        print(f"dapstub {_dapstub.__version__}")
    elif options.action == "demo":
        from ._demo import main as demo

        return demo()
    else:
        program = _program.of(options.kind, options.target, options.arguments)
        obstacle = program.obstacle()
        if obstacle:
            sys.stderr.write(obstacle + "\n")
            return 2
        _handover.leave(lambda: _inject(settings), program)
    return 0


def _choose(options: _options.Options) -> _dapstub.Settings:
    """What the configuration says, unless the command line says otherwise."""
    settings = _settings.defaults()
    if options.config is not None:
        try:
            settings = _dapstub.read_config(options.config)
        except (ValueError, OSError) as error:
            raise _options.UsageError(str(error)) from None
    if options.listen is not None:
        settings["host"], settings["port"] = options.listen
        settings["start"] = True
    if options.allow is not None:
        settings["allow"] = options.allow
    if options.token_file is not None:
        settings["token"] = _token(options.token_file)
    if not options.evaluate:
        settings["evaluate"] = False
    try:
        _dapstub.check_config(settings)
    except ValueError as error:
        raise _options.UsageError(str(error)) from None
    if options.wait:
        if not settings["start"]:
            raise _options.UsageError(
                f"{options.config} says start: false, so --wait-for-client would wait in vain; add --listen [HOST:]PORT"
            )
        settings["wait"] = True
    return settings


def _token(path: str) -> str:
    """The first line of a file."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise _options.UsageError(f"--token-file {path}: {reason}") from None


def _inject(settings: _dapstub.Settings) -> None:
    """Starts the debugger, and holds the program where that is asked for. Ends the process if it cannot start."""
    wait = settings["wait"] and settings["start"]
    try:
        address = _api.start({**settings, "wait": False})
        if address is not None and settings["port"] == 0 and address[1] != 0:
            # Nobody could know the port otherwise.
            sys.stderr.write(f"dapstub: listening on {_settings.where(address)}\n")
            sys.stderr.flush()
        if wait:
            _dapstub.wait_for_client(since_start=True)
    except RuntimeError as error:
        sys.exit(f"dapstub: {error}")
    except KeyboardInterrupt:
        _end_by_interrupt()


def _end_by_interrupt() -> None:
    """Ends as Ctrl-C ends any program. Nothing of ours is worth a traceback, and the program has not begun."""
    import os
    import signal

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGINT)
