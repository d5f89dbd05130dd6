"""What a program learns of the clients that come and go, and what it says for those that say nothing."""

import json
import subprocess
import sys

import pytest
from conftest import DEADLINE, DOORS, free_port
from dapstub._demo.client import Client
from test_attached import attach


@pytest.fixture
def running(work):
    """Starts a program that ends with its standard input; returns the process and the port."""
    processes = []

    def start(text, settings="{}"):
        port = free_port()
        head = f"import sys, dapstub\ndapstub.start({{'host': '127.0.0.1', 'port': {port}, **{settings}}})\n"
        work.write("program.py", head + text + "\nprint('ready', flush=True)\nsys.stdin.read()\n")
        process = subprocess.Popen(
            [sys.executable, "program.py"],
            cwd=work.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        assert process.stdout.readline() == "ready\n"
        return process, port

    yield start
    for process in processes:
        process.kill()
        process.wait()


def test_changes_are_told_in_order(running):
    process, port = running(
        "dapstub.on_client_change(lambda present: print(present, dapstub.is_client_connected(), flush=True))"
    )
    for _ in range(2):
        client = Client("127.0.0.1", port)
        client.ask("initialize", adapterID="debugpy")
        attached = client.send("attach")
        client.wait_for("initialized")
        client.ask("configurationDone")
        client.answer(attached)
        assert process.stdout.readline() == "True True\n"
        client.close()
        assert process.stdout.readline() == "False False\n"
    # Before configurationDone nobody is there, and so nobody leaves.
    client = Client("127.0.0.1", port)
    client.ask("initialize", adapterID="debugpy")
    client.send("attach")
    client.wait_for("initialized")
    client.close()
    assert process.communicate(timeout=DEADLINE) == ("", "")


def test_a_client_that_leaves_during_a_stop_is_told(running):
    process, port = running(
        "import threading, time\n"
        "dapstub.on_client_change(lambda present: print(present, flush=True))\n"
        "def tick():\n    while True:\n        time.sleep(0.01)\n        breakpoint()\n"
        "threading.Thread(target=tick, daemon=True).start()"
    )
    client = Client("127.0.0.1", port)
    attach(client)
    client.wait_for("stopped")
    client.close()
    assert [process.stdout.readline() for _ in range(2)] == ["True\n", "False\n"]


def test_what_a_callback_raises_hurts_nobody(running):
    process, port = running(
        "dapstub.on_client_change(lambda present: 1 / 0)\n"
        "dapstub.on_client_change(lambda present: print(present, flush=True))"
    )
    client = Client("127.0.0.1", port)
    attach(client)
    client.ask("threads")
    client.ask("disconnect")
    client.close()
    # Told a moment after the answer to `disconnect`, so the program has to live until then.
    assert [process.stdout.readline() for _ in range(2)] == ["True\n", "False\n"]
    _, err = process.communicate(timeout=DEADLINE)
    assert err.count("ZeroDivisionError: division by zero") == 2


# One line of the standard library, which `just_my_code` leaves out, and then a stop in the program itself.
LOOP = """
import json.decoder, threading, time
def work():
    while True:
        time.sleep(0.01)
        json.loads("1")
        breakpoint()
threading.Thread(target=work, daemon=True).start()
"""


@pytest.mark.parametrize(
    ("configured", "said", "expected"),
    [
        ("{}", {}, "program.py"),
        ("{'just_my_code': True}", {}, "program.py"),
        ("{'just_my_code': False}", {}, "decoder.py"),
        ("{'just_my_code': False}", {"justMyCode": None}, "decoder.py"),
        ("{'just_my_code': False}", {"justMyCode": True}, "program.py"),
        ("{'just_my_code': False}", {"debugStdLib": False}, "program.py"),
        ("{'just_my_code': True}", {"debugStdLib": True}, "decoder.py"),
        ("{'just_my_code': True}", {"justMyCode": False}, "decoder.py"),
    ],
)
def test_just_my_code_for_clients_that_say_nothing(running, configured, said, expected):
    _, port = running(LOOP, configured)
    path, line = json.decoder.__file__, json.JSONDecoder.decode.__code__.co_firstlineno + 5
    assert stop(Client("127.0.0.1", port), path, line, **said).endswith(expected)


@pytest.mark.parametrize(
    ("configured", "said", "expected"),
    [
        ("[]", {}, "{here}"),
        ("[{'local_root': '/mine', 'remote_root': '.'}]", {}, "/mine"),
        ("[('/mine', '.')]", {"pathMappings": None}, "/mine"),
        ("[('/mine', '.')]", {"pathMappings": []}, "/mine"),
        ("[('/mine', '.')]", {"pathMappings": [{"localRoot": "/yours", "remoteRoot": "."}]}, "/yours"),
    ],
)
def test_path_mappings_for_clients_that_send_none(running, work, configured, said, expected):
    _, port = running(LOOP, "{'path_mappings': " + configured + "}")
    expected = expected.format(here=work.folder.resolve())
    assert stop(Client("127.0.0.1", port), "/nowhere.py", 1, **said) == f"{expected}/program.py"


def stop(client, path, line, **arguments):
    """The file in which the program stops, with a breakpoint at one line."""
    client.ask("initialize", adapterID="debugpy", linesStartAt1=True, columnsStartAt1=True, pathFormat="path")
    attached = client.send("attach", **arguments)
    client.wait_for("initialized")
    client.ask("setBreakpoints", source={"path": path}, breakpoints=[{"line": line}])
    client.ask("configurationDone")
    client.answer(attached)
    thread = client.wait_for("stopped")[0]["threadId"]
    frame = client.ask("stackTrace", threadId=thread, levels=1)[0]["stackFrames"][0]
    client.close()
    return frame["source"]["path"]


def test_a_file_on_the_command_line_says_so_too(work):
    port = free_port()
    work.write("program.py", "import json\njson.loads('1')\n")
    work.write(
        "c.yaml",
        f"debugpy:\n  host: 127.0.0.1\n  port: {port}\n  wait: true\n  just_my_code: false\n"
        "  path_mappings:\n    - local_root: c:\\mine\n      remote_root: .\n",
    )
    command = [*DOORS["module"], "--config", "c.yaml", "program.py"]
    process = subprocess.Popen(command, cwd=work.folder, stdin=subprocess.DEVNULL)
    try:
        client = None
        while client is None:
            try:
                client = Client("127.0.0.1", port)
            except OSError:
                assert process.poll() is None
        assert stop(client, r"C:\mine\program.py", 2) == r"c:\mine\program.py"
    finally:
        process.kill()
        process.wait()
