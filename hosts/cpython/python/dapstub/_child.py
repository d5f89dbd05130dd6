"""What a child process runs that was started with a debugger: ``python .../dapstub --child SPEC TARGET ...``.

``SPEC`` is the number of a descriptor, and words that say what else there is to know. See `_children`.
"""

from __future__ import annotations

import sys

from . import _children, _dapstub, _endpoints, _handover, _lifetime, _program


def main() -> int:
    """Runs the target in `sys.argv`, debugged if that is possible. Does not return: see `_handover`."""
    del sys.path[0]
    number, *notes = sys.argv[2].split(",")
    target = sys.argv[3:]
    # The command line that the parent has written.
    del sys.orig_argv[-len(sys.argv) : -len(target)]
    if target[0] in ("-c", "-m"):
        kind, *rest = target
        program = _program.of("code" if kind == "-c" else "module", rest[0], rest[1:])
    else:
        program = _program.of("file", target[0], target[1:])
    obstacle = program.obstacle()
    if obstacle:
        sys.stderr.write(obstacle + "\n")
        return 2
    _handover.leave(lambda: _join(int(number), notes), program)


def _join(descriptor: int, notes: list[str]) -> None:
    """Gets the debugger, and waits for its client while the parent has one."""
    if "debugpy" in notes:
        import dapstub

        getattr(dapstub, "install_as_debugpy", lambda: None)()
    prepare()
    for note in notes:
        if note.startswith(_children.PORT):
            found = _dapstub.succeed(descriptor, int(note.removeprefix(_children.PORT)))
            _endpoints.publish(found)
            return
    _dapstub.join_family(descriptor, "quiet" in notes)


def prepare() -> None:
    """What must stand in the interpreter before the first client can come."""
    sys.breakpointhook = _dapstub.breakpoint
    _lifetime.follow()
    _children.install()
