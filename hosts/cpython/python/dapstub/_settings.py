"""Checks where and how the debugger is to start."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from ._dapstub import Settings

LARGEST_PORT = 65535


UNIX = "unix:"


def endpoint(value: object) -> tuple[str, int]:
    """Reads what `listen` takes: a port, `(host, port)`, or `unix:PATH`."""
    host: object = "127.0.0.1"
    if isinstance(value, str) and value.startswith(UNIX):
        return value, 0
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
    return {
        "host": "0.0.0.0",
        "port": 5678,
        "start": True,
        "wait": False,
        "allow": None,
        "token": None,
        "evaluate": True,
        "path_mappings": [],
        "just_my_code": None,
    }


def where(address: tuple[str, int]) -> str:
    """Writes an address as a person would: `127.0.0.1:5678`, `[::1]:5678`, `unix:/run/app/debug`."""
    host, port = address
    if host.startswith(UNIX):
        return host
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def access(allow: object, token: object, evaluate: object) -> Settings:
    """The settings that say who may debug, and how far."""
    return _merge({"allow": allow, "token": token, "evaluate": evaluate})


def _merge(config: Mapping[str, object]) -> Settings:
    settings = defaults()
    for key in config.keys():
        value = config[key]
        if key not in settings:
            raise ValueError(_unknown(key, list(settings)))
        if key == "path_mappings":
            settings["path_mappings"] = _path_mappings(value)
            continue
        if key in ("just_my_code", "allow", "token") and value is None:
            continue
        if key == "allow":
            settings["allow"] = _allow(value)
            continue
        if key == "token":
            if not isinstance(value, str) or not value.strip():
                # What it is instead may be the secret in another form.
                raise ValueError("'token' must be text, and not blank")
            settings["token"] = value
            continue
        expected = bool if key == "just_my_code" else type(settings[key])  # type: ignore[literal-required]
        # `bool` is an `int` to Python, but True is no port.
        if type(value) is not expected:
            wanted = {str: "text", int: "a number", bool: "True or False"}[expected]
            raise ValueError(f"{key!r} must be {wanted}, not {value!r}")
        settings[key] = value  # type: ignore[literal-required]
    if not 0 <= settings["port"] <= LARGEST_PORT:
        raise ValueError(f"'port' must be between 0 and {LARGEST_PORT}, not {settings['port']}")
    from ._dapstub import check_config

    check_config(settings)
    return settings


def _allow(value: object) -> list[str]:
    networks = [value] if isinstance(value, str) else value
    if not isinstance(networks, (list, tuple)) or not networks or not all(isinstance(one, str) for one in networks):
        raise ValueError(f"'allow' must be an IP address or a network, or a list of them, not {value!r}")
    return list(networks)


def _path_mappings(value: object) -> list[tuple[str, str]]:
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"'path_mappings' must be a list, not {value!r}")
    return [_path_mapping(item) for item in value]


def _path_mapping(item: object) -> tuple[str, str]:
    keys = ["local_root", "remote_root"]
    if isinstance(item, tuple) and len(item) == 2:  # as `read_config` has them
        local, remote = item
    elif hasattr(item, "keys") and sorted(item.keys(), key=str) == keys:
        local, remote = (item[key] for key in keys)  # type: ignore[index]
    else:
        raise ValueError(f"each of 'path_mappings' must have local_root and remote_root, and nothing else: {item!r}")
    if not isinstance(local, str) or not is_absolute(local):
        raise ValueError(f"'local_root' must be an absolute path on the side of the editor, not {local!r}")
    if not isinstance(remote, str) or not remote.strip():
        raise ValueError(f"'remote_root' must be a path on the side of the program, not {remote!r}")
    return local, remote


def is_absolute(path: str) -> bool:
    """Tells whether a path of an editor is absolute; the editor may run on another system than this one."""
    has_drive = path[:1].isascii() and path[:1].isalpha() and path[1:3] in (":\\", ":/")
    return path.startswith(("/", "\\\\")) or has_drive


def _unknown(key: object, known: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(str(key), known, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"expected {', '.join(known)}"
    return f"unknown setting {key!r}; {hint}"
