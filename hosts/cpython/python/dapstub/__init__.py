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
from ._api import is_client_connected, listen, on_client_change, start, wait_for_client
from ._dapstub import __version__, breakpoint, refuse_other_interpreters

refuse_other_interpreters()
del _supported, refuse_other_interpreters

__all__ = [
    "__version__",
    "breakpoint",
    "is_client_connected",
    "listen",
    "on_client_change",
    "start",
    "wait_for_client",
]
