"""The command line: what `dapstub`, `python -m dapstub` and this folder run as a script have in common."""

from __future__ import annotations

import os
import sys

from . import _api, _configuration, _dapstub, _handover, _help, _log, _options, _program, _settings

# What says that a debugger is there: debugpy's own variable, so that neither starts inside the other.
RUNNING = "DEBUGPY_RUNNING"


def main(own_path: bool = not sys.flags.safe_path) -> int:
    """Runs the command line in `sys.argv`.

    Returns an exit status where no program is to run. Otherwise it does not return: see `_handover`.
    `own_path` says that the first entry of `sys.path` is there for us, and not for the program.
    """
    if own_path:
        del sys.path[0]
    try:
        options = _options.parse(sys.argv[1:], os.environ.get("DEBUGPY_EXTRA_ARGV", ""))
        if options.action == "run":
            settings = _choose(options)
    except _options.UsageError as error:
        sys.stderr.write(f"{_help.USAGE}dapstub: error: {error}\n")
        return 2

    if options.action == "help":
        print(_help.HELP, end="")
    elif options.action == "version":
        print(f"dapstub {_dapstub.__version__}")
    elif options.action == "demo":
        from ._demo import main as demo

        return demo()
    elif options.kind == "pid":
        _prepare(options)
        from . import _remote

        return _remote.inject(int(options.target), settings, options)
    else:
        program = _program.of(options.kind, options.target, options.arguments)
        obstacle = program.obstacle()
        if obstacle:
            sys.stderr.write(obstacle + "\n")
            return 2
        _handover.leave(lambda: _inject(settings, options), program)
    return 0


def _choose(options: _options.Options) -> _dapstub.Settings:
    """What the configuration says, unless the command line says otherwise."""
    settings = _settings.defaults()
    if options.config is not None:
        try:
            settings = _dapstub.read_config(options.config)
        except (ValueError, OSError) as error:
            raise _options.UsageError(str(error)) from None
    place = options.listen or options.connect
    if place is not None:
        settings["host"], settings["port"] = place
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
    if options.arm is not None:
        from . import _arm

        try:
            _arm.number(options.arm)
        except ValueError as error:
            raise _options.UsageError(f"--arm: {error}") from None
    return settings


def _token(path: str) -> str:
    """The first line of a file."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise _options.UsageError(f"--token-file {path}: {reason}") from None


def _prepare(options: _options.Options) -> None:
    """What does not wait for the debugger: the log and the configuration."""
    if options.log_to is not None:
        _log.to(options.log_to)
    if options.log_to_stderr:
        _log.to(sys.stderr)
    _configuration.update(options.configure, {})
    if options.as_debugpy or os.environ.get("DAPSTUB_AS_DEBUGPY", "") not in ("", "0"):
        from . import _as_debugpy

        _as_debugpy.install()
        _as_debugpy.pass_on()


def _inject(settings: _dapstub.Settings, options: _options.Options) -> None:
    """Starts the debugger, and holds the program where that is asked for. Ends the process if it cannot start."""
    try:
        _options.given = (options, (settings["host"], settings["port"]))
        _prepare(options)
        if os.environ.get(RUNNING) == "true":
            return
        if options.arm is not None:
            from . import _arm

            _arm.arm(settings, _arm.number(options.arm))
            return
        wait = settings["wait"] and settings["start"]
        if options.connect is not None:
            _api.connect(options.connect, access_token=options.access_token, parent_session_pid=options.parent)
        else:
            address = _api.start({**settings, "wait": False})
            if address is not None and settings["port"] == 0 and address[1] != 0:
                # Nobody could know the port otherwise.
                sys.stderr.write(f"dapstub: listening on {_settings.where(address)}\n")
                sys.stderr.flush()
        if settings["start"]:
            os.environ[RUNNING] = "true"
        # `connect` has waited.
        if wait and options.connect is None:
            _dapstub.wait_for_client(since_start=True)
    except RuntimeError as error:
        sys.exit(f"dapstub: {error}")
    except OSError as error:
        if options.connect is None:
            sys.exit(f"dapstub: {error}")
        sys.exit(f"dapstub: can't connect to {_settings.where(options.connect)}: {error}")
    except KeyboardInterrupt:
        _end_by_interrupt()


def _end_by_interrupt() -> None:
    """Ends as Ctrl-C ends any program. Nothing of ours is worth a traceback, and the program has not begun."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGINT)
