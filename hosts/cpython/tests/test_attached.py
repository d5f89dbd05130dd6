"""A program with an editor attached ends as it would without, and the editor is told how."""

import os
import subprocess
import sys
from contextlib import contextmanager

import pytest
from conftest import DEADLINE, DOORS, free_port
from dapstub._demo.client import Client, ProtocolError
from test_unchanged import ENDINGS

# The program's end, and the exit code that the editor is told.
CODES = {
    "normal": 0,
    "exit_status": 3,
    "exit_none": 0,
    "exit_text": 1,
    "exit_negative": 255,
    "exception": 1,
    "group": 1,
    "syntax_error": 1,
    "keyboard_interrupt": 130,
    "own_excepthook": 1,
    "stack": 0,
    "thread_outlives_main": 0,
    "thread_exception": 0,
    "atexit": 0,
    "os_exit": 7,
}


@contextmanager
def held(work, *target):
    """A program that waits for an editor: the process, and a client connected to it."""
    port = free_port()
    command = [*DOORS["module"], "--listen", str(port), "--wait-for-client", *target]
    process = subprocess.Popen(
        command, cwd=work.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    client = None
    try:
        while client is None:
            assert process.poll() is None, process.communicate()
            try:
                client = Client("127.0.0.1", port)
            except OSError:
                pass
        yield process, client
    finally:
        if client is not None:
            client.close()
        process.kill()
        process.wait()


def attach(client, filters=()):
    """Attaches as an editor does, and lets the program begin."""
    client.ask("initialize", adapterID="debugpy", linesStartAt1=True, columnsStartAt1=True, pathFormat="path")
    attached = client.send("attach", connect={})
    client.wait_for("initialized")
    client.ask("setExceptionBreakpoints", filters=list(filters))
    client.ask("configurationDone")
    client.answer(attached)


def ending(client):
    """The events at the end: the exit code, and whether `terminated` followed it."""
    code = client.wait_for("exited")[0]["exitCode"]
    client.wait_for("terminated")
    client.ask("disconnect")
    client.close()
    return code


def outcome(process):
    out, err = process.communicate(timeout=DEADLINE)
    return process.returncode, out.decode(), err.decode()


@pytest.mark.parametrize("case", list(CODES))
def test_the_editor_learns_the_exit_code_and_changes_nothing(work, case):
    work.write("program.py", ENDINGS[case])
    plain = work.python("program.py")
    with held(work, "program.py") as (process, client):
        attach(client)
        assert ending(client) == CODES[case]
        assert outcome(process) == (plain.status, plain.out, plain.err)


@pytest.mark.parametrize("case", ["exception", "group", "chained", "own_excepthook"])
def test_a_stop_on_an_uncaught_exception_changes_nothing(work, case):
    work.write("program.py", ENDINGS[case])
    plain = work.python("program.py")
    with held(work, "program.py") as (process, client):
        attach(client, ["uncaught"])
        stop, _ = client.wait_for("stopped")
        assert stop["reason"] == "exception"
        frames = client.ask("stackTrace", threadId=stop["threadId"])[0]["stackFrames"]
        assert frames[-1]["name"] == "<module>"
        client.ask("continue", threadId=stop["threadId"])
        assert ending(client) == 1
        assert outcome(process) == (plain.status, plain.out, plain.err)


@pytest.mark.parametrize("case", ["normal", "exit_status", "keyboard_interrupt_deep", "exit_text"])
def test_nothing_of_the_debugger_is_a_raised_exception(work, case):
    work.write("program.py", ENDINGS[case])
    plain = work.python("program.py")
    stops = []
    with held(work, "program.py") as (process, client):
        attach(client, ["raised", "uncaught"])
        while True:
            try:
                stop, _ = client.wait_for("stopped")
            except ProtocolError:
                break
            thread = stop["threadId"]
            top = client.ask("stackTrace", threadId=thread, levels=1)[0]["stackFrames"][0]
            stops.append(os.path.basename(top["source"]["path"]))
            client.ask("continue", threadId=thread)
        assert set(stops) <= {"program.py"}
        client.close()
        assert outcome(process) == (plain.status, plain.out, plain.err)


@pytest.mark.parametrize("target", [["program.py"], ["-m", "program"], ["folder"], ["-c", "breakpoint()"]])
def test_the_bottom_of_the_stack_is_the_program(work, target):
    work.write("program.py", "breakpoint()\n")
    work.write("folder/__main__.py", "breakpoint()\n")
    with held(work, *target) as (process, client):
        attach(client)
        stop, _ = client.wait_for("stopped")
        frames = client.ask("stackTrace", threadId=stop["threadId"])[0]["stackFrames"]
        names = [frame["name"] for frame in frames]
        runpy = ["_run_code", "_run_module_as_main"]
        assert names == ["<module>"] or (target[0] in ("-m", "folder") and names == ["<module>", *runpy])
        client.ask("continue", threadId=stop["threadId"])
        assert ending(client) == 0
        assert outcome(process) == (0, "", "")


@pytest.mark.parametrize("target", [["program.py"], ["-m", "program"]])
def test_the_process_is_named_after_the_program(work, target):
    work.write("program.py", "")
    with held(work, *target) as (_, client):
        attach(client)
        name = client.wait_for("process")[0]["name"]
        assert name == (str(work.folder / "program.py") if target[0] == "program.py" else "program")


def test_the_text_is_read_after_the_wait(work):
    work.write("program.py", "print('old')\n")
    with held(work, "program.py") as (process, client):
        work.write("program.py", "print('new')\n")
        attach(client)
        assert ending(client) == 0
        assert outcome(process) == (0, f"new{os.linesep}", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_child_ends_by_itself(work):
    work.write(
        "program.py",
        "import os, sys\nchild = os.fork()\nif child == 0:\n    sys.exit(5)\nprint(os.waitpid(child, 0)[1] >> 8)\n",
    )
    with held(work, "program.py") as (process, client):
        attach(client)
        assert ending(client) == 0
        status, out, err = outcome(process)
        assert (status, out) == (0, "5\n")
        # From 3.12 on, Python warns of a fork beside any other thread, and ours are such.
        assert "multi-threaded" in err if sys.version_info >= (3, 12) else err == ""


def test_a_listening_program_says_good_bye(work):
    port = free_port()
    text = f"import dapstub\ndapstub.listen({port})\ndapstub.wait_for_client()\nprint(dapstub.is_client_connected())\n"
    process = subprocess.Popen([sys.executable, "-c", text], cwd=work.folder, stdout=subprocess.PIPE)
    try:
        client = None
        while client is None:
            try:
                client = Client("127.0.0.1", port)
            except OSError:
                assert process.poll() is None
        attach(client)
        client.wait_for("terminated")
        client.close()
        assert process.communicate(timeout=DEADLINE)[0].split() == [b"True"]
    finally:
        process.kill()
        process.wait()
