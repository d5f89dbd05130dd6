"""Runs Home Assistant with the limits for the setup of the debugger cut to LIMIT seconds.

Whoever holds the start longer than that is given up, unless the limits stand still meanwhile. Versions differ in where
the limit sits: in the stage of the start, or in the setup of the one integration.
"""

import sys

from homeassistant import __main__, bootstrap
from homeassistant.util.timeout import TimeoutManager

LIMIT = 3

bootstrap.COOLDOWN_TIME = 1
if hasattr(bootstrap, "STAGE_0_INTEGRATIONS"):
    bootstrap.STAGE_0_INTEGRATIONS = tuple(
        (name, domains, LIMIT if "debugpy" in domains else limit)
        for name, domains, limit in bootstrap.STAGE_0_INTEGRATIONS
    )

_async_timeout = TimeoutManager.async_timeout


def async_timeout(self, timeout, zone_name="global", *args, **options):
    if zone_name == "debugpy":
        timeout = LIMIT
    return _async_timeout(self, timeout, zone_name, *args, **options)


TimeoutManager.async_timeout = async_timeout

if __name__ == "__main__":
    sys.exit(__main__.main())
