"""What `configure` sets: the choices that must be made in the program, because no client can make them in time."""

from __future__ import annotations

import sys

from . import _children

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# debugpy's names and defaults. `subProcess` says whether child processes are debugged. `python` and `pythonEnv` were
# for its adapter process, which does not exist here, and `qt` for its own event loops: they are kept, and have no
# effect.
options: dict[str, Any] = {
    "qt": "none",
    "subProcess": True,
    "python": sys.executable,
    "pythonEnv": {},
}

TYPES = {"qt": str, "subProcess": bool, "python": str, "pythonEnv": dict}
TOOLKITS = ["auto", "none", "pyside", "pyside2", "pyqt4", "pyqt5"]


def update(properties: Mapping[str, object] | None, keywords: Mapping[str, object]) -> None:
    """Takes over properties; the keywords count more. Those before a wrong one have been taken over."""
    for name, value in {**(properties or {}), **keywords}.items():
        options[name] = checked(name, value)
        if name == "subProcess":
            _children.enable(options[name])


def checked(name: str, value: object) -> object:
    """`value`, if the property `name` may have it. Raises `ValueError`."""
    if name not in options:
        raise ValueError(f"Unknown property {name!r}")
    if type(value) is not TYPES[name]:
        raise ValueError(f"{name!r} must be a {TYPES[name].__name__}")
    if name == "qt" and value not in TOOLKITS:
        raise ValueError(f"'qt' must be one of: {TOOLKITS!r}")
    return value
