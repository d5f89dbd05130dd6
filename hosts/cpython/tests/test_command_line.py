"""What the command line accepts, refuses and prints."""

import re
import signal
import socket
import subprocess
import time

import dapstub
import pytest
from conftest import DEADLINE, DOORS, free_port

SHOW = "import dapstub, sys; print(dapstub._dapstub.address(), sys.argv[1:])"

REFUSED = [
    ([], "no program given: name a FILE, -m MODULE, -c CODE or --pid PID"),
    (["--listen", "5678"], "no program given: name a FILE, -m MODULE, -c CODE or --pid PID"),
    (["program.py"], "nothing says where to listen: give --listen [HOST:]PORT, or --config FILE"),
    (["--wait-for-client", "program.py"], "nothing says where to listen: give --listen [HOST:]PORT, or --config FILE"),
    (["--listen"], "--listen must be followed by [HOST:]PORT"),
    (["--config"], "--config must be followed by the path of a YAML file"),
    (["--listen", "5678", "-m"], "-m must be followed by the name of a module"),
    (["--listen", "5678", "-c"], "-c must be followed by a program text"),
    (["--listen", "70000", "program.py"], "--listen takes [HOST:]PORT with a port from 0 to 65535, not '70000'"),
    (["--listen", "host:", "program.py"], "--listen takes [HOST:]PORT with a port from 0 to 65535, not 'host:'"),
    (["--listen=-1", "program.py"], "--listen takes [HOST:]PORT with a port from 0 to 65535, not '-1'"),
    (["--lisen", "5678", "program.py"], "unknown option --lisen"),
    (["-x", "program.py"], "unknown option -x"),
]


@pytest.mark.parametrize(("arguments", "sentence"), REFUSED)
def test_a_wrong_command_line_is_refused(work, arguments, sentence):
    outcome = work.run(*DOORS["module"], *arguments)
    assert outcome.status == 2
    assert outcome.err.startswith("usage: dapstub ")
    assert outcome.err.endswith(f"dapstub: error: {sentence}\n")
    assert outcome.out == ""


def test_every_door_refuses_alike(work, door):
    outcome = work.run(*door, "--lisen", "5678")
    assert (outcome.status, outcome.err.splitlines()[-1]) == (2, "dapstub: error: unknown option --lisen")


def test_version(work, door):
    outcome = work.run(*door, "--version")
    assert (outcome.status, outcome.out, outcome.err) == (0, f"dapstub {dapstub.__version__}\n", "")


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help(work, door, option):
    outcome = work.run(*door, option)
    assert (outcome.status, outcome.err) == (0, "")
    for word in ("--config", "--listen", "--wait-for-client", "-m MODULE", "-c CODE", "demo", "--version"):
        assert word in outcome.out


def test_options_stop_at_the_program(work):
    work.write("program.py", "import sys; print(sys.argv)")
    outcome = work.dapstub("program.py", "--listen", "70000", "--help", "-m", "--", "-c")
    assert outcome.out == "['program.py', '--listen', '70000', '--help', '-m', '--', '-c']\n"


def test_a_program_named_like_an_option(work):
    work.write("-program.py", "import sys; print(sys.argv)")
    assert work.dapstub("--", "-program.py", "a").out == "['-program.py', 'a']\n"


def test_a_program_named_demo(work):
    work.write("demo", "print('mine')")
    assert work.dapstub("demo").out == "mine\n"


@pytest.mark.parametrize("form", [["-mprogram"], ["-m", "program"]])
def test_a_module_may_be_joined_to_its_option(work, form):
    work.write("program.py", "print(__name__)")
    assert work.dapstub(*form).out == "__main__\n"


def test_listen_is_on_the_loopback_interface(work):
    port = free_port()
    outcome = work.run(*DOORS["module"], "--listen", str(port), "-c", SHOW, "a")
    assert outcome.out == f"('127.0.0.1', {port}) ['a']\n"


@pytest.mark.parametrize("form", ["--listen={}:{}", "--listen {}:{}"])
def test_listen_takes_a_host(work, form):
    port = free_port()
    outcome = work.run(*DOORS["module"], *form.format("0.0.0.0", port).split(), "-c", SHOW)
    assert outcome.out == f"('0.0.0.0', {port}) []\n"


def test_port_0_says_which_port_it_took(work):
    outcome = work.run(*DOORS["module"], "--listen", "0", "-c", SHOW)
    port = re.fullmatch(r"dapstub: listening on 127\.0\.0\.1:(\d+)\n", outcome.err)[1]
    assert outcome.out == f"('127.0.0.1', {port}) []\n"


def test_a_taken_port_is_named_and_nothing_runs(work):
    with socket.create_server(("127.0.0.1", 0)) as server:
        outcome = work.run(*DOORS["module"], "--listen", str(server.getsockname()[1]), "-c", "print('ran')")
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith("dapstub: Can't listen for client connections: [Errno ")
    assert outcome.err.count("\n") == 1


def test_config_decides(work):
    port = free_port()
    work.write("configuration.yaml", f"http:\ndebugpy:\n  host: 127.0.0.1\n  port: {port}\nother: !include x.yaml\n")
    outcome = work.run(*DOORS["module"], "--config", "configuration.yaml", "-c", SHOW)
    assert (outcome.out, outcome.err) == (f"('127.0.0.1', {port}) []\n", "")


def test_config_may_say_not_now(work):
    port = free_port()
    work.write("configuration.yaml", f"debugpy:\n  host: 127.0.0.1\n  port: {port}\n  start: false\n  wait: true\n")
    later = "import dapstub; print(dapstub._dapstub.address(), dapstub.start(), dapstub.start())"
    outcome = work.run(*DOORS["module"], "--config", "configuration.yaml", "-c", later)
    assert outcome.out == f"None ('127.0.0.1', {port}) ('127.0.0.1', {port})\n"


def test_listen_counts_more_than_config(work):
    port = free_port()
    work.write("configuration.yaml", "debugpy:\n  host: 0.0.0.0\n  port: 1\n  start: false\n")
    outcome = work.run(*DOORS["module"], "--config", "configuration.yaml", "--listen", str(port), "-c", SHOW)
    assert outcome.out == f"('127.0.0.1', {port}) []\n"


def test_waiting_for_what_does_not_start_is_refused(work):
    work.write("configuration.yaml", "debugpy:\n  start: false\n")
    outcome = work.run(*DOORS["module"], "--config", "configuration.yaml", "--wait-for-client", "-c", SHOW)
    assert outcome.status == 2
    assert "configuration.yaml says start: false" in outcome.err


@pytest.mark.parametrize("text", ["debugpy:\n  port: 70000\n", "debugpy:\n  prot: 1\n", "debugpy: [\n"])
def test_a_wrong_config_is_refused_with_its_place(work, text):
    work.write("configuration.yaml", text)
    outcome = work.run(*DOORS["module"], "--config", "configuration.yaml", "-c", SHOW)
    assert outcome.status == 2
    assert re.search(r"configuration\.yaml:\d+:\d+: ", outcome.err.splitlines()[-1])


def test_a_missing_config_is_refused(work):
    outcome = work.run(*DOORS["module"], "--config", "nowhere.yaml", "-c", SHOW)
    assert outcome.status == 2
    assert "nowhere.yaml" in outcome.err.splitlines()[-1]


@pytest.mark.parametrize("how", ["option", "config"])
def test_waiting_holds_the_program_and_ctrl_c_ends_it_quietly(work, how):
    port = free_port()
    work.write("configuration.yaml", f"debugpy:\n  host: 127.0.0.1\n  port: {port}\n  wait: true\n")
    options = ["--config", "configuration.yaml"] if how == "config" else ["--listen", str(port), "--wait-for-client"]
    command = [*DOORS["module"], *options, "-c", "print('ran')"]
    process = subprocess.Popen(command, cwd=work.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        _until_open(port)
        time.sleep(0.3)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=DEADLINE) == (b"", b"")
        assert process.returncode == -signal.SIGINT
    finally:
        process.kill()


def test_a_program_may_start_itself_again(work):
    again = (
        "import subprocess, sys\nif len(sys.argv) == 1:\n"
        "    print(subprocess.check_output([sys.executable, __file__, 'x'], text=True).strip())\n"
        "else:\n    print('dapstub' in sys.modules, sys.argv[1])\n"
    )
    work.write("program.py", again)
    assert work.dapstub("program.py").out == "False x\n"


def _until_open(port: int) -> None:
    give_up = time.monotonic() + DEADLINE
    while time.monotonic() < give_up:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError(f"nothing listens on {port}")
