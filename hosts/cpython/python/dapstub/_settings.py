"""Checks where and how the debugger is to start."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from ._dapstub import Settings

LARGEST_PORT = 65535


def endpoint(value: object) -> tuple[str, int]:
    """Reads what `listen` takes: a port, or `(host, port)`."""
    host: object = "127.0.0.1"
    port = value
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise ValueError("expected port or (host, port)")
        host, port = value
    if not isinstance(host, str) or not hasattr(port, "__index__"):
        raise ValueError("expected port or (host, port)")
    number = port.__index__()
    if not 0 <= number <= LARGEST_PORT:
        raise ValueError("invalid port number")
    return host, number


def read(config: str | PathLike[str] | Mapping[str, object] | None) -> Settings:
    """Reads what `start` takes: a YAML file, a mapping, or nothing."""
    if config is None:
        return defaults()
    if isinstance(config, str) or hasattr(config, "__fspath__"):
        from ._dapstub import read_config

        return read_config(config)
    if not hasattr(config, "keys"):
        raise TypeError(f"expected the path of a YAML file, a mapping or None, not {type(config).__name__}")
    return _merge(config)


def defaults() -> Settings:
    """What counts where a configuration says nothing."""
    return {"host": "0.0.0.0", "port": 5678, "start": True, "wait": False}


def _merge(config: Mapping[str, object]) -> Settings:
    settings = defaults()
    for key in config.keys():
        value = config[key]
        if key not in settings:
            raise ValueError(_unknown(key, list(settings)))
        expected = type(settings[key])  # type: ignore[literal-required]
        # `bool` is an `int` to Python, but True is no port.
        if type(value) is not expected:
            wanted = {str: "text", int: "a number", bool: "True or False"}[expected]
            raise ValueError(f"{key!r} must be {wanted}, not {value!r}")
        settings[key] = value  # type: ignore[literal-required]
    if not 0 <= settings["port"] <= LARGEST_PORT:
        raise ValueError(f"'port' must be between 0 and {LARGEST_PORT}, not {settings['port']}")
    return settings


def _unknown(key: object, known: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(str(key), known, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"expected {', '.join(known)}"
    return f"unknown setting {key!r}; {hint}"
