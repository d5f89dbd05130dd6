"""Who may debug, how far, and what is written down of it."""

import json
import os
import stat
import subprocess
import sys

import pytest
from conftest import DEADLINE, free_port
from dapstub._demo.client import Client, ProtocolError
from test_clients import running  # noqa: F401, a fixture

TOKEN = "the secret of these tests"


def attach(port, **arguments):
    client = Client("127.0.0.1", port)
    capabilities, _ = client.ask("initialize", adapterID="debugpy")
    attached = client.send("attach", **arguments)
    client.wait_for("initialized")
    client.ask("configurationDone")
    client.answer(attached)
    return client, capabilities


def refusal(port, **arguments):
    client = Client("127.0.0.1", port)
    client.ask("initialize", adapterID="debugpy")
    with pytest.raises(ProtocolError) as caught:
        client.ask("attach", **arguments)
    client.close()
    assert "secret" not in str(caught.value)
    return str(caught.value)


LOGGING = (
    "import logging; logging.basicConfig(stream=sys.stdout, level='INFO', "
    "format='%(name)s %(levelname)s %(threadName)s %(message)s')\n"
    "sys.stdout.reconfigure(line_buffering=True)"
)


def test_token_and_audit(running):  # noqa: F811
    process, port = running(LOGGING, f"{{'token': {TOKEN!r}}}")
    assert "asks for a token" in refusal(port)
    assert "is not that of this program" in refusal(port, token="a guess")
    client, _ = attach(port, token=TOKEN)
    assert client.ask("evaluate", expression="6 * 7", context="repl")[0]["result"] == "42"
    client.ask("disconnect")
    client.close()
    out, err = process.communicate(timeout=DEADLINE)
    assert err == ""
    records = [line for line in out.splitlines() if line.startswith("dapstub.audit ")]
    heads = [line.split(": ", 1)[0] for line in records]
    assert heads == [
        "dapstub.audit WARNING dapstub-audit client refused",
        "dapstub.audit WARNING dapstub-audit client refused",
        "dapstub.audit INFO dapstub-audit client attached",
        "dapstub.audit INFO dapstub-audit client detached",
    ]
    assert records[0].endswith(" reason=no token")
    assert records[1].endswith(" reason=wrong token")
    assert all(" peer=127.0.0.1:" in record for record in records)
    assert "secret" not in out
    assert "guess" not in out


def test_audit_leaves_no_trace_in_a_program_without_logging(running):  # noqa: F811
    process, port = running("import threading", f"{{'token': {TOKEN!r}}}")
    refusal(port, token="x")
    client, _ = attach(port, token=TOKEN)
    names = client.ask("evaluate", expression="sorted(t.name for t in threading.enumerate())", context="repl")[0]
    assert names["result"] == "['MainThread']"
    assert client.ask("evaluate", expression="'logging' in sys.modules", context="repl")[0]["result"] == "False"
    assert [thread["name"] for thread in client.ask("threads")[0]["threads"]] == ["MainThread"]
    client.close()
    assert process.communicate(timeout=DEADLINE) == ("", "")


def test_audit_is_silent_unless_logging_is_configured(running):  # noqa: F811
    process, port = running("import logging, threading", f"{{'token': {TOKEN!r}}}")
    refusal(port, token="x")
    client, _ = attach(port, token=TOKEN)
    names = client.ask("evaluate", expression="sorted(t.name for t in threading.enumerate())", context="repl")[0]
    assert "Dummy" not in names["result"]
    client.close()
    assert process.communicate(timeout=DEADLINE) == ("", "")


def test_a_handler_that_waits_holds_up_neither_client_nor_end(running):  # noqa: F811
    text = (
        "import logging, threading\n"
        "class Stuck(logging.Handler):\n"
        "    def emit(self, record): threading.Event().wait(1)\n"
        "logging.getLogger('dapstub.audit').addHandler(Stuck())"
    )
    process, port = running(text, f"{{'token': {TOKEN!r}}}")
    assert "asks for a token" in refusal(port)
    client, _ = attach(port, token=TOKEN)
    assert client.ask("evaluate", expression="6 * 7", context="repl")[0]["result"] == "42"
    client.close()
    assert process.communicate(timeout=DEADLINE) == ("", "")
    assert process.returncode == 0


def test_a_stop_while_the_log_is_locked(running):  # noqa: F811
    """The program stops inside of a handler, which holds a lock that the records wait for."""
    text = (
        "import logging\n"
        "class Stopping(logging.Handler):\n"
        "    def emit(self, record):\n"
        "        if record.name == 'program': dapstub.breakpoint()\n"
        "logging.getLogger().addHandler(Stopping())\n"
        "def work():\n"
        "    dapstub.wait_for_client()\n"
        "    logging.getLogger('program').warning('x')\n"
        "import threading; threading.Thread(target=work).start()"
    )
    process, port = running(text, f"{{'token': {TOKEN!r}}}")
    client, _ = attach(port, token=TOKEN)
    thread = client.wait_for("stopped")[0]["threadId"]
    for _ in range(3):
        assert "another client" in initialize_refusal(port)
        assert client.ask("threads")[0]["threads"]
    client.ask("continue", threadId=thread)
    client.ask("disconnect")
    client.close()
    assert process.communicate(timeout=DEADLINE) == ("", "")


def initialize_refusal(port):
    client = Client("127.0.0.1", port)
    with pytest.raises(ProtocolError) as caught:
        client.ask("initialize", adapterID="debugpy")
    client.close()
    return str(caught.value)


def test_allow(running):  # noqa: F811
    process, port = running("", "{'allow': ['10.0.0.0/8', '::1']}")
    with pytest.raises((ProtocolError, ConnectionError, EOFError)):
        Client("127.0.0.1", port).ask("initialize", adapterID="debugpy")
    assert process.communicate(timeout=DEADLINE) == ("", "")
    process, port = running("", "{'allow': '127.0.0.0/8'}")
    attach(port)[0].close()
    assert process.communicate(timeout=DEADLINE) == ("", "")


def test_look_but_do_not_touch(running):  # noqa: F811
    process, port = running("value = 5", "{'evaluate': False}")
    client, capabilities = attach(port)
    assert capabilities["supportsConfigurationDoneRequest"] is True
    for refused in [
        "supportsConditionalBreakpoints",
        "supportsLogPoints",
        "supportsEvaluateForHovers",
        "supportsSetVariable",
        "supportsSetExpression",
        "supportsCompletionsRequest",
        "supportsTerminateRequest",
        "supportTerminateDebuggee",
    ]:
        assert refused not in capabilities
    source = {"path": os.path.join(os.getcwd(), "program.py")}
    for command, arguments in [
        ("evaluate", {"expression": "value", "context": "hover"}),
        ("evaluate", {"expression": "globals().update(value=6)", "context": "repl"}),
        ("setBreakpoints", {"source": source, "breakpoints": [{"line": 1, "condition": "exit()"}]}),
        ("setBreakpoints", {"source": source, "breakpoints": [{"line": 1, "logMessage": "{exit()}"}]}),
        ("setFunctionBreakpoints", {"breakpoints": [{"name": "f", "condition": "exit()"}]}),
        ("completions", {"text": "va", "column": 3}),
        ("terminate", {}),
        ("setDebuggerProperty", {}),
    ]:
        with pytest.raises(ProtocolError, match="evaluate: false"):
            client.ask(command, **arguments)
    client.ask("pause", threadId=1)
    thread = client.wait_for("stopped")[0]["threadId"]
    frame = client.ask("stackTrace", threadId=thread)[0]["stackFrames"][-1]
    scope = client.ask("scopes", frameId=frame["id"])[0]["scopes"][0]
    variables = client.ask("variables", variablesReference=scope["variablesReference"])[0]["variables"]
    assert next(one["value"] for one in variables if one["name"] == "value") == "5"
    client.ask("disconnect", terminateDebuggee=True)
    client.close()
    assert process.communicate(timeout=DEADLINE) == ("", "")
    assert process.returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="no Unix sockets")
def test_unix_socket(work):
    path = work.folder / "debug"
    text = f"import dapstub, sys; print(dapstub.listen('unix:{path}'), flush=True); sys.stdin.read()"
    process = subprocess.Popen([sys.executable, "-c", text], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == f"('unix:{path}', 0)\n"
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        import socket

        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(DEADLINE)
            client.connect(str(path))
            body = json.dumps({"seq": 1, "type": "request", "command": "initialize", "arguments": {"adapterID": "x"}})
            client.sendall(f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
            assert client.recv(16) == b"Content-Length: "
        assert process.communicate(timeout=DEADLINE)[0] == ""
        assert process.returncode == 0
        assert not path.exists()
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("keywords", "text"),
    [
        ("allow=[]", "'allow' must be an IP address or a network, or a list of them, not []"),
        ("allow=5", "'allow' must be an IP address or a network, or a list of them, not 5"),
        (
            "allow='localhost'",
            "'allow': expected an IP address or a network, such as 192.168.1.0/24, found \"localhost\"",
        ),
        ("token=''", "'token' must be text, and not blank"),
        ("token=12345", "'token' must be text, and not blank"),
        ("token='x' * 513", "'token': the token is longer than 512 bytes"),
        ("evaluate=0", "'evaluate' must be True or False, not 0"),
    ],
)
def test_wrong_rules_are_refused_and_nothing_is_opened(work, keywords, text):
    program = f"import dapstub\ntry: dapstub.listen(0, {keywords})\nexcept ValueError as e: print(e)\n"
    done = work.python("-c", program + "print(dapstub._dapstub.address())")
    assert (done.out.splitlines(), done.err) == ([text, "None"], "")


def test_warnings_of_exposure(work):
    program = (
        "import sys, dapstub, logging; logging.basicConfig(stream=sys.stdout, format='%(message)s')\n"
        "dapstub.listen(('0.0.0.0', 0){})"
    )
    for keywords, words in [
        ("", "whoever reaches this port runs code"),
        (", allow='10.0.0.0/8'", None),
        (", token='a long enough secret'", None),
        (", token='short'", "so short that it may be found by trying"),
    ]:
        out = work.python("-c", program.format(keywords)).out
        assert (words in out) if words else (out == ""), out


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--allow", "nowhere"], "'allow': expected an IP address or a network"),
        (["--token-file", "missing"], "--token-file missing: No such file or directory"),
        (["--token-file", "blank"], "'token': the token is blank"),
        (["--allow"], "--allow must be followed by an IP address or a network"),
    ],
)
def test_wrong_options(work, options, text):
    work.write("blank", "\n")
    done = work.dapstub(*options, *([] if options == ["--allow"] else ["-c", "pass"]))
    assert done.status == 2
    assert text in done.err


def test_options(work):
    work.write("secret", TOKEN + "\nmore\n")
    port = free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "dapstub", "--listen", str(port), "--allow", "127.0.0.1", "--allow=10.0.0.0/8"),
            *("--token-file", "secret", "--no-evaluate", "--wait-for-client", "-c", "print('released'); input()"),
        ],
        cwd=work.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        client = _attach_when_there(port, token=TOKEN)
        assert "another client" in initialize_refusal(port)
        with pytest.raises(ProtocolError, match="evaluate: false"):
            client.ask("evaluate", expression="1", context="repl")
        client.close()
        assert process.communicate("\n", timeout=DEADLINE)[0] == "released\n"
    finally:
        process.kill()
        process.wait()


def _attach_when_there(port, **arguments):
    import time

    give_up = time.monotonic() + DEADLINE
    while True:
        try:
            return attach(port, **arguments)[0]
        except ConnectionRefusedError:
            assert time.monotonic() < give_up
            time.sleep(0.05)
