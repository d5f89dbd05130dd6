"""The calls that debugpy has besides listening: what they return, and what they raise."""

import textwrap

import pytest
from test_api import raised

CALLS = [
    # The call, and what debugpy 1.8.22 does.
    ("configure()", "returned None"),
    ("configure({'subProcess': False})", "returned None"),
    ("configure({'qt': 'none'}, python='/usr/bin/python3')", "returned None"),
    ("configure(pythonEnv={'A': 'b'}, qt='pyqt5')", "returned None"),
    ("configure(x=1)", "ValueError Unknown property 'x'"),
    ("configure({'x': 1})", "ValueError Unknown property 'x'"),
    ("configure(subProcess=1)", "ValueError 'subProcess' must be a bool"),
    ("configure(qt=True)", "ValueError 'qt' must be a str"),
    ("configure(pythonEnv=[])", "ValueError 'pythonEnv' must be a dict"),
    (
        "configure(qt='gtk')",
        "ValueError 'qt' must be one of: ['auto', 'none', 'pyside', 'pyside2', 'pyqt4', 'pyqt5']",
    ),
    ("debug_this_thread()", "returned None"),
    ("trace_this_thread(True)", "returned None"),
    ("trace_this_thread(False)", "returned None"),
    ("trigger_exception_handler()", "returned None"),
    ("trigger_exception_handler(5)", "returned None"),
    ("trigger_exception_handler(excinfo=ValueError(), as_uncaught=False)", "returned None"),
    ("get_cli_options()", "returned None"),
    ("is_client_connected()", "returned False"),
    ("breakpoint()", "returned None"),
    ("wait_for_client()", "RuntimeError listen() or connect() must be called first"),
    ("wait_for_client.cancel()", "RuntimeError wait_for_client() must be called first"),
    ("connect('abc')", "ValueError expected port or (host, port)"),
    ("connect(70000)", "ValueError invalid port number"),
    ("connect(('127.0.0.1', 1))", "ConnectionRefusedError [Errno 111] Connection refused"),
    ("listen(address=('127.0.0.1', 'x'))", "ValueError expected port or (host, port)"),
    ("listen(-1)", "ValueError invalid port number"),
]


@pytest.fixture
def script(work):
    """Runs a text that uses dapstub, and returns the lines it prints."""

    def run(text: str, **options: object) -> list[str]:
        outcome = work.python("-W", "error", "-c", "import dapstub\n" + textwrap.dedent(text), **options)
        assert outcome.err == ""
        assert outcome.status == 0
        return outcome.out.splitlines()

    return run


@pytest.mark.parametrize(("call", "wanted"), CALLS)
def test_each_call_alone(script, call, wanted):
    assert script(raised(f"dapstub.{call}")) == [wanted]


def test_configure_is_kept_in_one_place(script):
    text = """
        from dapstub import _configuration
        dapstub.configure({"subProcess": False}, qt="auto")
        print(_configuration.options["subProcess"], _configuration.options["qt"])
        print(sorted(_configuration.options))
    """
    assert script(text) == ["False auto", "['python', 'pythonEnv', 'qt', 'subProcess']"]


@pytest.mark.parametrize("call", ["configure()", "listen(0)", "debug_this_thread()", "trace_this_thread(True)"])
def test_where_the_log_goes_must_be_said_first(script, work, call):
    text = f"dapstub.log_to({str(work.folder)!r})\ndapstub.{call}\n" + raised("dapstub.log_to('elsewhere')")
    assert script(text) == ["RuntimeError logging has already begun"]


def test_a_log_tells_what_happens_and_no_secret(script, work):
    folder = work.folder / "new" / "logs"
    text = f"""
        import os, socket, sys
        dapstub.log_to({str(folder)!r})
        host, port = dapstub.listen(0, token="open sesame, open sesame")
        with socket.create_connection((host, port)) as client:
            body = b'{{"seq":1,"type":"request","command":"initialize","arguments":{{"adapterID":"confidential"}}}}'
            client.sendall(b"Content-Length: %d\\r\\n\\r\\n%s" % (len(body), body))
            client.recv(100)
        print(os.getpid(), port)
    """
    pid, port = script(text)[0].split()
    logs = {path.name: path.read_text() for path in folder.iterdir()}
    names = {f"debugpy.{name}{pid}.log" for name in ("server-", "adapter-", "pydevd.")}
    assert set(logs) == names
    assert "listen on 127.0.0.1:0" in logs[f"debugpy.server-{pid}.log"]
    assert f"listening for a debugger: address=127.0.0.1:{port}" in logs[f"debugpy.adapter-{pid}.log"]
    assert " connection: " in logs[f"debugpy.adapter-{pid}.log"]
    assert not any(word in "".join(logs.values()) for word in ("sesame", "confidential"))


@pytest.mark.parametrize("variable", ["DEBUGPY_LOG_DIR", "DEBUGPY_LOG_STDERR"])
def test_the_environment_asks_for_a_log(work, variable):
    value = str(work.folder / "logs") if variable == "DEBUGPY_LOG_DIR" else "debug info warning error"
    text = "import dapstub, os\ndapstub.listen(0)\nprint(os.getpid())\n"
    outcome = work.python("-c", text, env={variable: value})
    assert outcome.status == 0
    if variable == "DEBUGPY_LOG_DIR":
        assert outcome.err == ""
        assert "listen on" in (work.folder / "logs" / f"debugpy.server-{outcome.out.strip()}.log").read_text()
    else:
        assert "program: listen on 127.0.0.1:0" in outcome.err
        assert "frontend: listening for a debugger" in outcome.err


def test_levels_of_the_standard_error_stream(work):
    outcome = work.python("-c", "import dapstub\ndapstub.listen(0)\n", env={"DEBUGPY_LOG_STDERR": "warning error"})
    assert (outcome.status, outcome.err) == (0, "")


def test_a_stream_gets_the_log(work):
    text = "import dapstub, sys\nwith open('log', 'w') as log:\n    dapstub.log_to(log)\n    dapstub.listen(0)\n"
    outcome = work.python("-c", text)
    assert (outcome.status, outcome.err) == (0, "")
    assert "program: listen on" in (work.folder / "log").read_text()


def test_what_is_no_place_for_a_log_is_refused(script):
    wanted = ["ValueError expected the path of a folder, or a stream with a file descriptor, not 5"]
    assert script(raised("dapstub.log_to(5)")) == wanted


def test_a_folder_that_cannot_be_made_is_an_error(script, work):
    work.write("file", "")
    text = "dapstub.log_to('file/logs')\n" + raised("dapstub.listen(0)")
    assert script(text)[0].startswith("NotADirectoryError ")


def test_a_forked_child_leaves_the_log_alone(script, work):
    # From 3.12 on Python warns of a fork beside any other thread, and ours are such. Where warnings are errors, 3.15 raises.
    text = f"""
        import os, warnings
        warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
        dapstub.log_to({str(work.folder / "logs")!r})
        dapstub.listen(0)
        child = os.fork()
        if child == 0:
            dapstub.debug_this_thread()
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    assert script(text) == ["0"]
    (log,) = (work.folder / "logs").glob("debugpy.server-*.log")
    assert "debug_this_thread" not in log.read_text()
