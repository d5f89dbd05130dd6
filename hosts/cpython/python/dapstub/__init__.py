"""dapstub lets this process be debugged from any editor that speaks the Debug Adapter Protocol.

One call opens a port, an editor attaches to it, and the program runs at full speed until a breakpoint is met::

    import dapstub

    dapstub.listen(5678)
    dapstub.wait_for_client()
    dapstub.breakpoint()

Whoever may attach can run code in this process: listen on the loopback interface or a Unix socket, or set ``allow`` or
``token``. Who came and who was refused is written to the logger ``dapstub.audit``.
"""

from . import _supported  # first of all: it refuses other interpreters
from ._api import (
    configure,
    connect,
    debug_this_thread,
    get_cli_options,
    is_client_connected,
    listen,
    log_to,
    on_client_change,
    start,
    trace_this_thread,
    trigger_exception_handler,
    wait_for_client,
)
from ._dapstub import __version__, breakpoint, refuse_other_interpreters

refuse_other_interpreters()
del _supported, refuse_other_interpreters


TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._arm import arm
    from ._as_debugpy import install as install_as_debugpy
    from ._cli_options import CliOptions, Endpoint

__all__ = [
    "CliOptions",
    "Endpoint",
    "__version__",
    "arm",
    "breakpoint",
    "configure",
    "connect",
    "debug_this_thread",
    "get_cli_options",
    "install_as_debugpy",
    "is_client_connected",
    "listen",
    "log_to",
    "on_client_change",
    "start",
    "trace_this_thread",
    "trigger_exception_handler",
    "wait_for_client",
]


def __getattr__(name: str) -> object:
    # These need more of the standard library than the program may have loaded; it is not loaded on their account.
    if name == "arm":
        from ._arm import arm as value
    elif name == "install_as_debugpy":
        from ._as_debugpy import install as value  # type: ignore[assignment]
    elif name in ("CliOptions", "Endpoint"):
        from . import _cli_options

        value = getattr(_cli_options, name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value
