"""What may stand below `debugpy:` in the configuration."""

from __future__ import annotations

from typing import Any

import voluptuous as vol
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.helpers import config_validation as cv

from .const import (
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
                vol.Optional(CONF_PATH_MAPPINGS, default=list): [_PATH_MAPPING],
                vol.Optional(CONF_JUST_MY_CODE): cv.boolean,
            }
        )
    },
    extra=vol.ALLOW_EXTRA,
)
