"""The real adapter of debugpy between an editor and a program that connects to it: `"listen"` in a launch.json."""

import importlib.util
import json
import subprocess
import sys
import threading

import pytest
from conftest import DEADLINE, DOORS, free_port

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("debugpy") is None, reason="debugpy is not installed here: pip install debugpy"
)

PROGRAM = "def double(n):\n    twice = n * 2\n    return twice\n\nprint(double(21))\n"


class Editor:
    """An editor that has started the adapter, and speaks with it over its standard streams."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "debugpy.adapter"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.seq = 0
        # Whatever is waited for comes in time, or not at all.
        self.limit = threading.Timer(DEADLINE, self.process.kill)
        self.limit.start()

    def send(self, command: str, **arguments: object) -> None:
        self.seq += 1
        message = {"seq": self.seq, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(message).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def until(self, name: str) -> dict:
        """The body of the next event, or successful answer, of that name."""
        while True:
            length = int(self.process.stdout.readline().split(b":")[1])
            assert self.process.stdout.readline() == b"\r\n"
            message = json.loads(self.process.stdout.read(length))
            if name in (message.get("event"), message.get("command")):
                assert message.get("success", True), message
                return message.get("body", {})

    def close(self) -> None:
        self.limit.cancel()
        self.process.stdin.close()
        try:
            self.process.wait(DEADLINE)
        finally:
            self.process.kill()


@pytest.fixture
def editor():
    editor = Editor()
    yield editor
    editor.close()


@pytest.mark.parametrize("how", ["call", "line"])
def test_a_session_through_the_real_adapter(work, editor, how):
    path = str(work.folder / "program.py")
    call = "import dapstub, sys\ndapstub.connect(int(sys.argv[1]))\n"
    text = call + PROGRAM if how == "call" else PROGRAM
    work.write("program.py", text)
    port = free_port()
    editor.send("initialize", adapterID="debugpy", clientID="vscode", pathFormat="path")
    editor.until("initialize")
    editor.send("attach", listen={"host": "127.0.0.1", "port": port}, redirectOutput=True)
    editor.until("debugpyWaitingForServer")
    own = [sys.executable, path, str(port)]
    command = own if how == "call" else [*DOORS["module"], "--connect", str(port), path]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as program:
        try:
            editor.until("initialized")
            line = text.splitlines().index("    return twice") + 1
            editor.send("setBreakpoints", source={"path": path}, breakpoints=[{"line": line}])
            assert editor.until("setBreakpoints")["breakpoints"][0]["verified"]
            editor.send("configurationDone")
            editor.until("attach")
            thread = editor.until("stopped")["threadId"]
            editor.send("stackTrace", threadId=thread)
            frame = editor.until("stackTrace")["stackFrames"][0]
            assert (frame["name"], frame["line"]) == ("double", line)
            editor.send("evaluate", expression="twice", frameId=frame["id"])
            assert editor.until("evaluate")["result"] == "42"
            editor.send("pause", threadId=thread)
            editor.until("pause")
            editor.send("continue", threadId=thread)
            assert editor.until("output")["output"] == "42\n"
            if how == "line":
                # A program that has called `connect` itself ends with a status that nobody tells in time.
                assert editor.until("exited")["exitCode"] == 0
            editor.until("terminated")
            assert program.communicate(timeout=DEADLINE)[0] == b"42\n"
        finally:
            program.kill()


def test_the_editor_leaves_and_the_program_runs_on(work, editor):
    port = free_port()
    editor.send("initialize", adapterID="debugpy")
    editor.until("initialize")
    editor.send("attach", listen={"host": "127.0.0.1", "port": port})
    editor.until("debugpyWaitingForServer")
    text = (
        f"import dapstub, time\ndapstub.connect({port})\ndapstub.wait_for_client()\n"
        "while dapstub.is_client_connected():\n    time.sleep(0.01)\nprint('ran on')\n"
    )
    with subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE) as program:
        try:
            editor.until("initialized")
            editor.send("configurationDone")
            editor.until("attach")
            editor.send("disconnect")
            assert program.communicate(timeout=DEADLINE)[0] == b"ran on\n"
        finally:
            program.kill()
