"""What may stand below `debugpy:` in the configuration."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

import voluptuous as vol
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TOKEN
from homeassistant.helpers import config_validation as cv

from .const import (
    CONF_ALLOW,
    CONF_EVALUATE,
    CONF_JUST_MY_CODE,
    CONF_LOCAL_ROOT,
    CONF_PATH_MAPPINGS,
    CONF_REMOTE_ROOT,
    CONF_START,
    CONF_WAIT,
    DOMAIN,
)


def _port(value: Any) -> int:
    """A port as every version of Home Assistant reads it from the outside; older ones would cut 5678.9 to 5678."""
    is_whole = not isinstance(value, float) or value.is_integer()
    if isinstance(value, bool) or not is_whole:
        raise vol.Invalid("expected a port number between 1 and 65535")
    return cv.port(value)


def _local_root(value: Any) -> str:
    """The path of a folder where the editor runs, which may be another system than this one."""
    path = cv.string(value)
    has_drive = path[:1].isascii() and path[:1].isalpha() and path[1:3] in (":\\", ":/")
    if not has_drive and not path.startswith(("/", "\\\\")):
        raise vol.Invalid("expected an absolute path, without variables of the editor")
    return path


def _remote_root(value: Any) -> str:
    path = cv.string(value)
    if not path.strip():
        raise vol.Invalid("expected a path on the side of Home Assistant")
    return path


# What dapstub takes for a network; Python's own module takes more, such as netmasks.
_NETWORK = re.compile(r"[0-9A-Fa-f:.]+(/[0-9]{1,3})?")


def _network(value: Any) -> str:
    """An IP address or a network, in its usual form."""
    if isinstance(value, str) and _NETWORK.fullmatch(value.strip()):
        try:
            return str(ipaddress.ip_network(value.strip(), strict=False))
        except ValueError:
            pass
    raise vol.Invalid("expected an IP address or a network, such as 192.168.1.0/24")


def _token(value: Any) -> str:
    """A secret. Every value that could be one is taken, because Home Assistant shows a value that is refused."""
    token = cv.string(value)
    if not token.strip():
        raise vol.Invalid("expected text that is not blank")
    return token


_PATH_MAPPING = vol.Schema(
    {
        vol.Required(CONF_LOCAL_ROOT): _local_root,
        vol.Required(CONF_REMOTE_ROOT): _remote_root,
    }
)

CONFIG_SCHEMA = vol.Schema(
    {
        DOMAIN: vol.Schema(
            {
                vol.Optional(CONF_HOST, default="0.0.0.0"): cv.string,
                vol.Optional(CONF_PORT, default=5678): _port,
                vol.Optional(CONF_START, default=True): cv.boolean,
                vol.Optional(CONF_WAIT, default=False): cv.boolean,
                vol.Optional(CONF_ALLOW): vol.All(cv.ensure_list, [_network], vol.Length(min=1)),
                vol.Optional(CONF_TOKEN): _token,
                vol.Optional(CONF_EVALUATE, default=True): cv.boolean,
                vol.Optional(CONF_PATH_MAPPINGS, default=list): [_PATH_MAPPING],
                vol.Optional(CONF_JUST_MY_CODE): cv.boolean,
            }
        )
    },
    extra=vol.ALLOW_EXTRA,
)
