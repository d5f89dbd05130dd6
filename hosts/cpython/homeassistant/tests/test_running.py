"""A Home Assistant that runs, with the debugger listening from the start."""

import threading
from pathlib import Path

import homeassistant
import homeassistant.components.api
import homeassistant.core
import pytest
from dapstub._demo.client import Client, ProtocolError
from editor import Editor, first_line, marked_line

API = Path(homeassistant.components.api.__file__)
CORE = Path(homeassistant.core.__file__)


class Call(threading.Thread):
    """A call of Home Assistant that a breakpoint holds."""

    def __init__(self, function, *arguments, **options):
        super().__init__(daemon=True)
        self._run = lambda: function(*arguments, **options)
        self.result = None
        self.start()

    def run(self):
        self.result = self._run()

    def answer(self):
        self.join(60)
        assert not self.is_alive(), "no answer"
        return self.result


def test_a_day_with_the_default_block(home):
    """Default block, then everything that editors do with it, one after the other."""
    home.debug_port = 5678
    home.boot("debugpy:\n")

    # What it says, once.
    assert len(home.lines("Listening for remote debug connection on 0.0.0.0:5678")) == 1
    assert " WARNING " in home.lines("Listening for remote debug connection")[0]
    assert len(home.lines("not a loopback address")) == 1
    assert "debugpy" in home.state()["components"]
    # As with the integration that is built in.
    assert home.asyncio_debug() is True

    # A custom integration.
    doubling = marked_line(home.probe, "a breakpoint of the tests")
    editor = Editor(5678, {home.probe: [doubling]}, justMyCode=True)
    call = Call(home.call, "probe.compute", return_response=True)
    assert editor.stopped() == (str(home.probe), doubling)
    assert editor.evaluate("number + 1") == "22"
    editor.go_on()
    assert call.answer()["result"]["response"] == {"doubled": 42}

    # Home Assistant lies in site-packages here: library code, with justMyCode.
    status = first_line(API, "APIStatusView", "get")
    editor.set_breakpoints({home.probe: [], API: [status]})
    assert home.rest("GET", "")[0] == 200
    # Nothing stopped, so this answer comes while it runs.
    assert home.asyncio_debug() is True
    editor.disconnect()
    assert home.becomes(False), "asyncio's debug mode stays on"

    # A core integration, and a module of Home Assistant's own.
    calling = first_line(CORE, "ServiceRegistry", "async_call")
    editor = Editor(5678, {API: [status]}, justMyCode=False)
    assert home.becomes(True), "asyncio's debug mode stays off"
    editor.set_breakpoints({CORE: [calling]})
    call = Call(home.rest, "GET", "")
    assert editor.stopped() == (str(API), status)
    assert editor.evaluate("request.path") == "'/api/'"
    # The first statement answers with a helper of another module.
    path, _ = editor.step("stepIn")
    assert Path(path).name == "http.py"
    assert editor.step("stepOut") == (str(API), status)
    editor.go_on()
    assert call.answer()[0] == 200
    # On a condition, which only one of two requests fulfils.
    editor.ask(
        "setBreakpoints",
        source={"path": str(API)},
        breakpoints=[{"line": status, "condition": "'once' in request.query"}],
    )
    assert home.rest("GET", "")[0] == 200
    call = Call(home.rest, "GET", "?once")
    assert editor.stopped() == (str(API), status)
    assert editor.evaluate("request.query_string") == "'once'"
    editor.go_on()
    assert call.answer()[0] == 200
    editor.set_breakpoints({API: []})
    call = Call(home.call, "probe.compute", return_response=True)
    assert editor.stopped() == (str(CORE), calling)
    # A breakpoint, and whoever cuts the connection in the middle of it.
    editor.close()
    assert call.answer()["result"]["response"] == {"doubled": 42}
    assert home.becomes(False), "asyncio's debug mode stays on"

    # And again; whoever comes second is told so, and leaves the first alone.
    editor = Editor(5678, {home.probe: [doubling]})
    with pytest.raises(ProtocolError, match="another client"):
        Editor(5678)
    call = Call(home.call, "probe.compute", return_response=True)
    assert editor.stopped() == (str(home.probe), doubling)
    editor.disconnect()
    assert call.answer()["success"]

    # The end, with an editor attached.
    editor = Editor(5678)
    home.send_sigterm()
    editor.wait_for("terminated")
    editor.close()
    assert home.wait() == 0


def test_sigterm_while_stopped(home):
    """The stop of the container ends Home Assistant as cleanly as if it were not at a breakpoint."""
    home.boot(f"debugpy:\n  host: 127.0.0.1\n  port: {home.debug_port}\n")
    assert home.lines("not a loopback address") == []
    doubling = marked_line(home.probe, "a breakpoint of the tests")
    editor = Editor(home.debug_port, {home.probe: [doubling]})
    Call(home.call, "probe.compute", return_response=True)
    assert editor.stopped() == (str(home.probe), doubling)
    home.send_sigterm()
    said = ""
    while "SIGTERM" not in said:
        said = editor.wait_for("output")[0]["output"]
    editor.wait_for("continued")
    editor.wait_for("terminated")
    editor.close()
    assert home.wait() == 0


def test_defaults_for_clients_that_say_nothing(home):
    """`path_mappings` and `just_my_code`, and asyncio's debug mode when it was on before."""
    library = Path(homeassistant.__file__).parent
    home.boot(
        f"debugpy:\n  host: 127.0.0.1\n  port: {home.debug_port}\n  just_my_code: false\n  path_mappings:\n"
        f"    - local_root: C:\\core\\homeassistant\n      remote_root: {library}\n"
        f"    - local_root: /home/me/config\n      remote_root: .\n",
        "--debug",
    )
    status = first_line(API, "APIStatusView", "get")
    local = r"c:\core\homeassistant\components\api\__init__.py"
    editor = Editor(home.debug_port, {local: [status]})
    call = Call(home.rest, "GET", "")
    path, line = editor.stopped()
    assert (path.lower(), line) == (local.lower(), status)
    editor.go_on()
    assert call.answer()[0] == 200

    # "." is the folder of the configuration.
    doubling = marked_line(home.probe, "a breakpoint of the tests")
    local = "/home/me/config/custom_components/probe/__init__.py"
    editor.set_breakpoints({local: [doubling]})
    call = Call(home.call, "probe.compute", return_response=True)
    assert editor.stopped() == (local, doubling)
    editor.disconnect()
    assert call.answer()["success"]

    # Who says something counts.
    mapping = {"localRoot": "/elsewhere", "remoteRoot": str(home.config)}
    editor = Editor(home.debug_port, {API: [status]}, justMyCode=True, pathMappings=[mapping])
    assert home.rest("GET", "")[0] == 200
    local = "/elsewhere/custom_components/probe/__init__.py"
    editor.set_breakpoints({local: [doubling]})
    call = Call(home.call, "probe.compute", return_response=True)
    assert editor.stopped() == (local, doubling)
    editor.disconnect()
    assert call.answer()["success"]

    # `--debug` had it on.
    assert home.asyncio_debug() is True
    assert home.terminate() == 0


def test_rules_of_access(home):
    """`token` by `!secret`, `allow`, `evaluate`; who came is in the log, and no secret."""
    secret = "the secret of this test"
    (home.config / "secrets.yaml").write_text(f"debug_token: {secret}\n")
    home.boot(
        f"debugpy:\n  port: {home.debug_port}\n  token: !secret debug_token\n  allow: [127.0.0.0/8, '::1']\n"
        "  evaluate: false\nlogger:\n  logs:\n    dapstub.audit: info\n"
    )
    assert home.lines("not a loopback address") == []
    for arguments, words in [({}, "asks for a token"), ({"token": "a guess"}, "is not that of this program")]:
        stranger = Client("127.0.0.1", home.debug_port)
        stranger.ask("initialize", adapterID="debugpy")
        with pytest.raises(ProtocolError, match=words):
            stranger.ask("attach", **arguments)
        stranger.close()
    doubling = marked_line(home.probe, "a breakpoint of the tests")
    editor = Editor(home.debug_port, {home.probe: [doubling]}, token=secret)
    call = Call(home.call, "probe.compute", return_response=True)
    assert editor.stopped() == (str(home.probe), doubling)
    with pytest.raises(ProtocolError, match="evaluate: false"):
        editor.evaluate("number + 1")
    editor.disconnect()
    assert call.answer()["result"]["response"] == {"doubled": 42}
    assert home.becomes(False), "asyncio's debug mode stays on"
    assert home.terminate() == 0
    assert len(home.lines("[dapstub.audit]")) == 5
    for reason in ["reason=no token", "reason=wrong token", "request refused"]:
        assert " WARNING " in home.lines(reason)[0]
    assert len(home.lines("client attached")) == len(home.lines("client detached")) == 1
    assert home.lines("secret of this test") == home.lines("a guess") == []
