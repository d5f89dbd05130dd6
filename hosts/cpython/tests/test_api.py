"""The calls of the package. Each test has a process of its own, since a process is injected once."""

import sys
import textwrap

import pytest
from conftest import free_port


@pytest.fixture
def script(work):
    """Runs a program, and returns the lines it printed."""

    def run(text: str) -> list[str]:
        outcome = work.python("-c", "import dapstub\n" + textwrap.dedent(text))
        assert outcome.err == ""
        assert outcome.status == 0
        return outcome.out.splitlines()

    return run


# debugpy's own `__all__`.
DEBUGPY = {
    "__version__",
    "breakpoint",
    "configure",
    "connect",
    "debug_this_thread",
    "get_cli_options",
    "is_client_connected",
    "listen",
    "log_to",
    "trace_this_thread",
    "trigger_exception_handler",
    "wait_for_client",
}


def raised(call: str) -> str:
    """A text that makes `call` and prints what it raised."""
    return f"try:\n    print('returned', {call})\nexcept Exception as e:\n    print(type(e).__name__, e)\n"


def test_public_names(script):
    names = script("print(dapstub.__all__ == sorted(dapstub.__all__), *dapstub.__all__)")
    own = {"CliOptions", "Endpoint", "arm", "install_as_debugpy", "on_client_change", "start"}
    assert names[0].split()[0] == "True"
    assert set(names[0].split()[1:]) - own == DEBUGPY


def test_everything_public_says_what_it_does(script):
    assert (
        script(
            """
        for name in dapstub.__all__:
            if name != "__version__":
                assert getattr(dapstub, name).__doc__, name
        """
        )
        == []
    )


def test_import_needs_no_other_module(work):
    program = "import sys; before = set(sys.modules); import dapstub; print(*sorted(set(sys.modules) - before))"
    names = work.python("-c", program).out.split()
    assert [n for n in names if not n.startswith("dapstub")] in (["__future__", "atexit"], ["__future__"])


def test_import_opens_nothing(script):
    assert script(
        """
        import sys, threading
        print(dapstub._dapstub.address(), threading.active_count(), dapstub.is_client_connected())
        print(sys.breakpointhook is sys.__breakpointhook__, sys.gettrace(), sys.getprofile())
        """
    ) == ["None 1 False", "True None None"]


@pytest.mark.parametrize("endpoint", ["port", "('127.0.0.1', port)", "['127.0.0.1', port]"])
def test_listen_answers_with_the_address(script, endpoint):
    port = free_port()
    assert script(f"port = {port}\nprint(dapstub.listen({endpoint}))") == [f"('127.0.0.1', {port})"]


def test_listen_on_port_0_takes_a_free_one(script):
    assert script("print(dapstub.listen(0)[1] > 1023, dapstub.listen.__name__)") == ["True listen"]


def test_listen_takes_what_was_written_for_debugpy(script):
    assert script("print(dapstub.listen(0, in_process_debug_adapter=True)[0])") == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("endpoint", "text"),
    [
        ("'abc'", "ValueError expected port or (host, port)"),
        ("None", "ValueError expected port or (host, port)"),
        ("('a', 1, 2)", "ValueError expected port or (host, port)"),
        ("('a', 'b')", "ValueError expected port or (host, port)"),
        ("(None, 5678)", "ValueError expected port or (host, port)"),
        ("1.5", "ValueError expected port or (host, port)"),
        ("70000", "ValueError invalid port number"),
        ("-1", "ValueError invalid port number"),
        ("('127.0.0.1', 65536)", "ValueError invalid port number"),
    ],
)
def test_listen_refuses_what_is_no_endpoint(script, endpoint, text):
    assert script(raised(f"dapstub.listen({endpoint})") + "print(dapstub._dapstub.address())") == [text, "None"]


def test_listen_twice_is_refused(script):
    lines = script("dapstub.listen(0)\n" + raised("dapstub.listen(0)"))
    assert lines[0].startswith("RuntimeError ")
    assert lines[0].endswith(".listen() has already been called on this process")


def test_a_taken_port_leaves_it_dormant(script):
    lines = script(
        "import socket, sys\n"
        "taken = socket.create_server(('127.0.0.1', 0))\n"
        + raised("dapstub.listen(taken.getsockname()[1])")
        + "print(sys.breakpointhook is sys.__breakpointhook__, dapstub._dapstub.address())\n"
        "taken.close()\n"
        "print(dapstub.listen(0)[0])\n"
    )
    assert lines[0].startswith("RuntimeError Can't listen for client connections: [Errno ")
    assert lines[1:] == ["True None", "127.0.0.1"]


def test_breakpoint_goes_on_without_a_client(script):
    assert script(
        """
        import sys
        dapstub.breakpoint()
        dapstub.listen(0)
        print(sys.breakpointhook is dapstub.breakpoint)
        dapstub.breakpoint()
        breakpoint()
        breakpoint("header", x=1)
        print("on")
        """
    ) == ["True", "on"]


def test_wait_needs_a_listener(script):
    assert script(raised("dapstub.wait_for_client()")) == ["RuntimeError listen() or connect() must be called first"]


def test_wait_can_be_cancelled(script):
    assert script(
        raised("dapstub.wait_for_client.cancel()")
        + textwrap.dedent(
            """
            import threading, time
            dapstub.listen(0)
            threading.Timer(0.2, dapstub.wait_for_client.cancel).start()
            began = time.monotonic()
            print(dapstub.wait_for_client(), time.monotonic() - began > 0.1, dapstub.is_client_connected())
            """
        )
    ) == ["RuntimeError wait_for_client() must be called first", "None True False"]


def test_other_threads_run_while_one_waits(script):
    assert script(
        """
        import threading, time
        dapstub.listen(0)
        count = 0
        def work():
            global count
            for _ in range(50):
                time.sleep(0.002)
                count += 1
            dapstub.wait_for_client.cancel()
        threading.Thread(target=work).start()
        dapstub.wait_for_client()
        print(count)
        """
    ) == ["50"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_ctrl_c_ends_the_wait(script):
    assert script(
        """
        import os, signal, threading
        dapstub.listen(0)
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        try:
            dapstub.wait_for_client()
        except KeyboardInterrupt:
            print("interrupted")
        """
    ) == ["interrupted"]


def test_start_injects_once(script):
    port = free_port()
    lines = script(
        f"first = dapstub.start({{'host': '127.0.0.1', 'port': {port}}})\n"
        "print(first, dapstub.start(), dapstub.start({'port': 1}) == first, dapstub.start({'start': False}) == first)\n"
        + raised("dapstub.listen(0)")
    )
    assert lines[0] == f"('127.0.0.1', {port}) ('127.0.0.1', {port}) True True"
    assert lines[1].endswith(".listen() has already been called on this process")


def test_start_after_listen_answers_with_its_address(script):
    assert script("address = dapstub.listen(0)\nprint(dapstub.start() == address)") == ["True"]


def test_start_of_a_dormant_program(script):
    port = free_port()
    assert script(
        f"""
        import sys
        print(dapstub.start({{"host": "127.0.0.1", "port": {port}, "start": False, "wait": True}}))
        print(dapstub._dapstub.address(), sys.breakpointhook is sys.__breakpointhook__)
        print(dapstub.start())
        """
    ) == ["None", "None True", f"('127.0.0.1', {port})"]


def test_start_from_many_threads_injects_once(script):
    assert script(
        """
        import threading
        answers = []
        config = {"host": "127.0.0.1", "port": 0}
        threads = [threading.Thread(target=lambda: answers.append(dapstub.start(config))) for _ in range(20)]
        for t in threads: t.start()
        for t in threads: t.join()
        print(len(answers), len(set(answers)))
        """
    ) == ["20 1"]


@pytest.mark.parametrize("path", ["'c.yaml'", "__import__('pathlib').Path('c.yaml')"])
def test_start_reads_a_file(work, script, path):
    port = free_port()
    work.write("c.yaml", f"frontend:\n\ndebugpy:\n  host: 127.0.0.1\n  port: {port}\n")
    assert script(f"print(dapstub.start({path}))") == [f"('127.0.0.1', {port})"]


def test_start_reads_any_mapping(script):
    assert script(
        "import types\nprint(dapstub.start(types.MappingProxyType({'host': '127.0.0.1', 'port': 0}))[0])"
    ) == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ("{'hots': 'a'}", "ValueError unknown setting 'hots'; did you mean 'host'?"),
        (
            "{'x': 1}",
            "ValueError unknown setting 'x'; expected host, port, start, wait, allow, token, evaluate, path_mappings, "
            "just_my_code",
        ),
        ("{'port': '5678'}", "ValueError 'port' must be a number, not '5678'"),
        ("{'port': True}", "ValueError 'port' must be a number, not True"),
        ("{'port': 70000}", "ValueError 'port' must be between 0 and 65535, not 70000"),
        ("{'host': None}", "ValueError 'host' must be text, not None"),
        ("{'start': 1}", "ValueError 'start' must be True or False, not 1"),
        ("{'just_my_code': 0}", "ValueError 'just_my_code' must be True or False, not 0"),
        ("{'path_mappings': '/a'}", "ValueError 'path_mappings' must be a list, not '/a'"),
        (
            "{'path_mappings': [{'local_root': '/a'}]}",
            "ValueError each of 'path_mappings' must have local_root and remote_root, and nothing else: "
            "{'local_root': '/a'}",
        ),
        (
            "{'path_mappings': [('a', '/b')]}",
            "ValueError 'local_root' must be an absolute path on the side of the editor, not 'a'",
        ),
        (
            "{'path_mappings': [('/a', ' ')]}",
            "ValueError 'remote_root' must be a path on the side of the program, not ' '",
        ),
        ("5678", "TypeError expected the path of a YAML file, a mapping or None, not int"),
    ],
)
def test_start_refuses_a_wrong_configuration(script, config, text):
    assert script(raised(f"dapstub.start({config})") + "print(dapstub._dapstub.address())") == [text, "None"]


def test_a_wrong_file_is_refused_with_its_place(work, script):
    work.write("c.yaml", "debugpy:\n  port: 70000\n")
    line = script(raised("dapstub.start('c.yaml')"))[0]
    assert line.startswith("ValueError ")
    assert "c.yaml:2:" in line


def test_a_missing_file_is_refused(script):
    line = script(raised("dapstub.start('nowhere.yaml')"))[0]
    assert "nowhere.yaml" in line


def test_a_listening_program_ends_by_itself(script):
    assert script("dapstub.listen(0)\nprint('end')") == ["end"]
