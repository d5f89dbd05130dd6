"""A custom integration to be debugged, which also tells how Home Assistant is."""

from homeassistant.core import SupportsResponse


def double(number):
    doubled = number * 2  # a breakpoint of the tests
    return doubled


async def async_setup(hass, config):
    domain = "probe"  # a breakpoint of the tests, while Home Assistant starts

    async def compute(call):
        return {"doubled": double(21)}

    async def start_debugger(call):
        # As an automation does: on behalf of no user.
        return await hass.services.async_call("debugpy", "start", {}, blocking=True, return_response=True)

    async def state(call):
        return {"asyncio_debug": hass.loop.get_debug(), "components": sorted(hass.config.components)}

    hass.services.async_register(domain, "start_debugger", start_debugger, supports_response=SupportsResponse.ONLY)
    hass.services.async_register(domain, "compute", compute, supports_response=SupportsResponse.ONLY)
    hass.services.async_register(domain, "state", state, supports_response=SupportsResponse.ONLY)
    return True
