"""The Remote Python Debugger with the engine of dapstub, in the place of the integration that is built in."""

from __future__ import annotations

import logging

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.typing import ConfigType

from .const import CONF_START, CONF_WAIT, DOMAIN, SERVICE_START
from .debugger import Debugger
from .schema import CONFIG_SCHEMA
from .services import async_setup_services

__all__ = ["CONFIG_SCHEMA", "async_setup"]

_LOGGER = logging.getLogger(__name__)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Registers the action, and starts the debugger where the configuration says so."""
    conf = config[DOMAIN]
    debugger = Debugger(hass, conf)
    async_setup_services(hass, debugger)
    if conf[CONF_START]:
        try:
            await debugger.async_start(wait=conf[CONF_WAIT])
        except HomeAssistantError as error:
            _LOGGER.error("%s. The action %s.%s tries again", error, DOMAIN, SERVICE_START)
            return False
    return True
