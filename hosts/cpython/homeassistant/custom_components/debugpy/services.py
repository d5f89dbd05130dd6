"""The action `debugpy.start`."""

from __future__ import annotations

import voluptuous as vol
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import Unauthorized, UnknownUser

from .const import DOMAIN, SERVICE_START
from .debugger import Debugger


@callback
def async_setup_services(hass: HomeAssistant, debugger: Debugger) -> None:
    """Registers the action. It is for administrators, takes no data, and never waits for a client."""

    async def start(call: ServiceCall) -> ServiceResponse:
        await _async_check_administrator(hass, call)
        host, port = await debugger.async_start()
        return {"host": host, "port": port} if call.return_response else None

    hass.services.async_register(
        DOMAIN, SERVICE_START, start, schema=vol.Schema({}), supports_response=SupportsResponse.OPTIONAL
    )


async def _async_check_administrator(hass: HomeAssistant, call: ServiceCall) -> None:
    """Lets administrators pass, and calls of no user: those of automations and scripts.

    Home Assistant has a helper for this, which answers with nothing in older versions.
    """
    if call.context.user_id is None:
        return
    user = await hass.auth.async_get_user(call.context.user_id)
    if user is None:
        raise UnknownUser(context=call.context)
    if not user.is_admin:
        raise Unauthorized(context=call.context)
