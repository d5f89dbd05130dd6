"""The debugger of this process, in the service of one Home Assistant."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

import dapstub
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.typing import ConfigType

from .const import CONF_ALLOW, CONF_EVALUATE, CONF_JUST_MY_CODE, CONF_PATH_MAPPINGS

_LOGGER = logging.getLogger(__package__)

# The settings that dapstub is given as they are.
_PASSED_ON = (
    CONF_HOST,
    CONF_PORT,
    CONF_ALLOW,
    CONF_TOKEN,
    CONF_EVALUATE,
    CONF_PATH_MAPPINGS,
    CONF_JUST_MY_CODE,
)

# Seconds between the lines that say what holds the start.
REMIND_AFTER = 30


def _where(host: str, port: int) -> str:
    """Writes an address for people; that of a Unix socket has no port."""
    return host if host.startswith("unix:") else f"{host}:{port}"


class Debugger:
    """Starts the debugger once, and follows the clients that come and go. Belongs to the event loop."""

    def __init__(self, hass: HomeAssistant, conf: ConfigType) -> None:
        """Takes note of the configuration; nothing is started."""
        self._hass = hass
        self._settings = {key: conf[key] for key in _PASSED_ON if key in conf}
        self._starting = asyncio.Lock()
        self._address: tuple[str, int] | None = None
        # A client has attached and set its breakpoints; it may have left since.
        self._configured = asyncio.Event()
        self._follows = False
        # Whether asyncio's debug mode was on without us.
        self._debug_before = False

    async def async_start(self, *, wait: bool = False) -> tuple[str, int]:
        """Opens the port, the first time; answers with its host and port every time.

        With `wait`, returns when a client has attached and has set its breakpoints, however long that takes.
        Raises HomeAssistantError when the port cannot be opened; it may be tried again then.
        """
        async with self._starting:
            if self._address is None:
                self._address = await self._async_listen()
                _LOGGER.warning(
                    "%s for remote debug connection on %s", "Waiting" if wait else "Listening", _where(*self._address)
                )
        if wait:
            await self._async_wait(*self._address)
        return self._address

    async def _async_listen(self) -> tuple[str, int]:
        if not self._follows:
            self._follows = True
            dapstub.on_client_change(self._client_changed)
        self._debug_before = self._hass.loop.get_debug()
        self._hass.loop.set_debug(True)
        try:
            address = await self._hass.async_add_executor_job(dapstub.start, self._settings)
        except BaseException as error:
            self._hass.loop.set_debug(self._debug_before)
            if isinstance(error, (RuntimeError, ValueError)):
                host, port = self._settings[CONF_HOST], self._settings[CONF_PORT]
                raise HomeAssistantError(f"The debugger does not run on {_where(host, port)}: {error}") from error
            raise
        assert address is not None  # only `start: False` has none
        return address

    async def _async_wait(self, host: str, port: int) -> None:
        """Waits for a client. Home Assistant's own limit for the setup stands still meanwhile."""
        if dapstub.is_client_connected():
            return
        begun = self._hass.loop.time()
        async with self._hass.timeout.async_freeze():
            while not self._configured.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(REMIND_AFTER):
                        await self._configured.wait()
                        break
                _LOGGER.warning(
                    "The start is held for a debugger since %.0f s, because of `wait: true`: "
                    "attach an editor to %s, or change the configuration and restart",
                    self._hass.loop.time() - begun,
                    _where(host, port),
                )

    def _client_changed(self, present: bool) -> None:
        """Passes on that a client has come or gone; called on a thread of the debugger's."""
        # The loop may be closed: Home Assistant ends, and its process has still to.
        with suppress(RuntimeError):
            self._hass.loop.call_soon_threadsafe(self._follow_client, present)

    def _follow_client(self, present: bool) -> None:
        """Has asyncio's debug mode on while a client is there, and as it was before when it has left."""
        if present:
            self._configured.set()
        self._hass.loop.set_debug(present or self._debug_before)
