"""How the debugger gets started, and what happens when it does not."""

import os
import signal
import socket
import time

import homeassistant.const
import pytest
from dapstub._demo.client import Client
from editor import Editor, editor_within, marked_line

VERSION = tuple(map(int, homeassistant.const.__version__.split(".")[:2]))

# Seconds that Home Assistant itself gives the setup of the debugger.
OWN_LIMIT = 300 if VERSION < (2026, 0) else 120


def block(port, **options):
    lines = "".join(f"  {key}: {value}\n" for key, value in options.items())
    return f"debugpy:\n  host: 127.0.0.1\n  port: {port}\n{lines}"


def test_on_demand(home):
    """`start: false` costs nothing until the action is called, by those who may; `wait` is ignored."""
    home.boot(block(home.debug_port, start="false", wait="true"))
    address = {"host": "127.0.0.1", "port": home.debug_port}
    assert "debugpy" in home.state()["components"]
    assert not home.is_listening()
    assert not home.asyncio_debug()
    assert home.lines("remote debug connection") == []

    # Who may not.
    assert home.rest("POST", "services/debugpy/start", user=None)[0] == 401
    assert home.rest("POST", "services/debugpy/start", user="plain")[0] == 401
    refused = home.call("debugpy.start", user="plain")
    assert (refused["success"], refused["error"]["message"]) == (False, "Unauthorized")
    assert home.rest("POST", "services/debugpy/start", {"port": 1})[0] == 400
    assert not home.is_listening()
    assert not home.asyncio_debug()

    # An automation may; nobody waits for a client.
    answer = home.call("probe.start_debugger", return_response=True)
    assert answer["result"]["response"] == address, answer
    assert home.is_listening()
    assert home.asyncio_debug()
    said = f"Listening for remote debug connection on 127.0.0.1:{home.debug_port}"
    assert len(home.lines(said)) == 1

    # Again, before, during and after a session.
    assert home.call("debugpy.start")["success"]
    editor = Editor(home.debug_port)
    assert home.call("debugpy.start", return_response=True)["result"]["response"] == address
    assert home.rest("POST", "services/debugpy/start")[0] == 200
    if VERSION >= (2024, 10):
        assert home.rest("POST", "services/debugpy/start?return_response")[1]["service_response"] == address
    assert editor.ask("threads")[0]["threads"]
    editor.disconnect()
    assert home.becomes(False)
    assert home.call("debugpy.start", return_response=True)["result"]["response"] == address
    # It was running: nothing changes, not even this.
    assert not home.asyncio_debug()
    assert len(home.lines("remote debug connection")) == 1
    assert home.terminate() == 0


def test_port_taken(home):
    """Home Assistant starts without the debugger; the action starts it once the port is free."""
    with socket.create_server(("127.0.0.1", home.debug_port)):
        home.boot(block(home.debug_port, wait="true"))
        lines = home.lines(f"The debugger does not run on 127.0.0.1:{home.debug_port}")
        assert len(lines) == 1
        assert " ERROR " in lines[0] and "Address already in use" in lines[0]
        state = home.state()
        assert "debugpy" not in state["components"]
        assert state["asyncio_debug"] is False
        failed = home.call("debugpy.start")
        assert failed["success"] is False
        assert "Address already in use" in failed["error"]["message"]
        assert home.rest("POST", "services/debugpy/start")[0] == 500
        assert home.asyncio_debug() is False
    assert home.rest("POST", "services/debugpy/start")[0] == 200
    editor = Editor(home.debug_port)
    editor.disconnect()
    assert home.becomes(False)
    assert home.terminate() == 0


def test_wait_holds_the_start(home):
    """Longer than the limits allow, which are cut to seconds here, and until the breakpoints are set."""
    home.begin(block(home.debug_port, wait="true"), shortened=True)
    home.wait_for_line(f"Waiting for remote debug connection on 127.0.0.1:{home.debug_port}")

    # A connection is no client, and a client that leaves before configurationDone was none.
    socket.create_connection(("127.0.0.1", home.debug_port)).close()
    client = Client("127.0.0.1", home.debug_port)
    client.ask("initialize", adapterID="debugpy")
    client.send("attach")
    client.wait_for("initialized")
    client.close()

    home.wait_for_line("The start is held for a debugger", 60)
    assert not home.is_running()
    assert f"attach an editor to 127.0.0.1:{home.debug_port}" in home.lines("The start is held")[0]
    attach_at_the_start(home)
    assert "Setup of debugpy is taking over" in home.log()
    assert home.terminate() == 0


@pytest.mark.skipif("DAPSTUB_LONG" not in os.environ, reason="takes minutes; set DAPSTUB_LONG=1")
def test_wait_holds_the_start_beyond_the_real_limit(home):
    """The same with the limits as they are."""
    home.begin(block(home.debug_port, wait="true"))
    home.wait_for_line("Waiting for remote debug connection")
    time.sleep(OWN_LIMIT + 30)
    assert len(home.lines("The start is held")) >= OWN_LIMIT // 30
    assert not home.is_running()
    attach_at_the_start(home)
    assert home.terminate() == 0


def test_sigterm_ends_the_wait(home):
    """Home Assistant has no handler for it before it runs."""
    home.begin(block(home.debug_port, wait="true"))
    home.wait_for_line("Waiting for remote debug connection")
    assert home.terminate() == -signal.SIGTERM


def attach_at_the_start(home):
    """Stops in the setup of a custom integration, and lets Home Assistant start after that."""
    starting = marked_line(home.probe, "a breakpoint of the tests, while Home Assistant starts")
    editor = editor_within(60, home.debug_port, {home.probe: [starting]})
    assert editor.stopped() == (str(home.probe), starting)
    assert not home.lines("Home Assistant initialized")
    editor.go_on()
    home.wait_until_running()
    editor.disconnect()
    assert "debugpy" in home.state()["components"]
    for sign in ["imeout", "without waiting any longer", "Setup failed", "Error during setup"]:
        assert home.lines(sign) == [], sign


def test_invalid_block(home):
    """Home Assistant starts without the debugger and without the action, and says why."""
    home.boot("debugpy:\n  port: 70000\n")
    assert "debugpy" not in home.state()["components"]
    assert home.rest("POST", "services/debugpy/start")[0] == 400
    line = home.lines("Invalid config for 'debugpy'")[0]
    assert "configuration.yaml, line" in line
    assert "'debugpy->port'" in line
    assert "got 70000" in line
    assert home.lines("Setup failed for custom integration 'debugpy': Invalid config.")
    assert home.terminate() == 0
