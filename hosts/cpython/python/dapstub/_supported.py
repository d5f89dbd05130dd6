"""Refuses an interpreter that the native module is not made for, before it fails to load with a worse message.

Must be readable to older Pythons.
"""

import sys


def objection() -> "str | None":
    """Says why this interpreter will not do; ``None`` when it will."""
    found = f"{sys.implementation.name} {sys.version_info[0]}.{sys.version_info[1]}"
    if sys.implementation.name != "cpython":
        return f"dapstub works inside CPython's own interpreter loop, and this is {found}"
    if sys.version_info < (3, 11):
        return f"dapstub needs Python 3.11 or newer, and this is {found}"
    # Python's documented mark of a build without GIL. Whether the GIL is switched on at the moment makes no difference:
    # a build without it lays out its objects in another way.
    if "free-threading build" in sys.version:
        return (
            f"dapstub needs a Python with the GIL, and this is the free-threaded build of {found}; "
            "use the default build of the same version"
        )
    return None


_objection = objection()
if _objection is not None:
    raise ImportError(_objection)
