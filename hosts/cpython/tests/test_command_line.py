"""What the command line accepts, refuses and prints."""

import os
import re
import signal
import socket
import subprocess
import sys
import time

import dapstub
import pytest
from conftest import DEADLINE, DOORS, free_port

# Whether child processes are debugged on this system.
CHILDREN = os.name != "nt"
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
    (["--listen", "1", "--listen", "2", "program.py"], "--listen is given twice"),
    (["--listen", "1", "--connect", "2", "program.py"], "--listen and --connect exclude each other"),
    (["--connect", "1", "--config", "x.yaml", "program.py"], "--config and --connect exclude each other"),
    (["--connect", "1", "--arm", "USR1", "program.py"], "--arm and --connect exclude each other"),
    (["--connect", "x", "program.py"], "--connect takes [HOST:]PORT with a port from 0 to 65535, not 'x'"),
    (["--listen", "1", "--adapter-access-token", "t", "program.py"], "--adapter-access-token requires --connect"),
    (["--listen", "1", "--parent-session-pid", "7", "program.py"], "--parent-session-pid requires --connect"),
    (["--connect", "1", "--parent-session-pid", "x"], "--parent-session-pid takes the number of a process, not 'x'"),
    (["--listen", "1", "--pid", "x"], "--pid takes the number of a process, not 'x'"),
    (["--listen", "1", "--wait-for-client", "--pid", "7"], "--pid does not support --wait-for-client"),
    (["--listen", "1", "--pid"], "--pid must be followed by the number of a process"),
    (["--pid", "7"], "nothing says where to listen: give --listen [HOST:]PORT, or --config FILE"),
    (["--configure-x", "1", "program.py"], "--configure-x: unknown property 'x'; there are qt and subProcess"),
    (["--configure-subProcess", "x", "program.py"], "--configure-subProcess takes true or false, not 'x'"),
    (["--listen", "1", "--arm", "XYZ", "program.py"], "--arm: there is no signal 'XYZ' on this system"),
    (["--listen", "1", "--arm", "USR1", "--wait-for-client", "x"], "--arm and --wait-for-client exclude each other"),
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


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version(work, door, option):
    outcome = work.run(*door, option)
    assert (outcome.status, outcome.out, outcome.err) == (0, f"dapstub {dapstub.__version__}\n", "")


@pytest.mark.parametrize("option", ["--help", "-h", "-?"])
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
    # Debugged as well, but for where that is not wanted, and where it is not built.
    assert work.dapstub("program.py").out == f"{CHILDREN} x\n"
    assert work.dapstub("--configure-subProcess", "false", "program.py").out == "False x\n"


@pytest.mark.parametrize("value", ["true", "False"])
def test_configure(work, value):
    text = "import dapstub; from dapstub._configuration import options as o; print(o['subProcess'], "
    text += "dapstub.get_cli_options().config)"
    options = ["--configure-subProcess", value, "--configure-qt", "auto"]
    outcome = work.dapstub(*options, "-c", text)
    wanted = value == "true"
    assert outcome.out == f"{wanted} {{'qt': 'auto', 'subProcess': {wanted}}}\n"


def test_a_program_can_ask_for_its_options(work):
    port = free_port()
    text = (
        "import dapstub\noptions = dapstub.get_cli_options()\nprint(options)\n"
        "try:\n    options.target = 'x'\nexcept AttributeError as error:\n    print(type(error).__name__)\n"
    )
    work.write("program.py", text)
    log = str(work.folder)
    outcome = work.run(*DOORS["module"], "--listen", str(port), "--log-to", log, "program.py", "a")
    assert outcome.out.splitlines() == [
        f"CliOptions(mode='listen', target_kind='file', address=('127.0.0.1', {port}), log_to={log!r}, "
        "log_to_stderr=False, target='program.py', wait_for_client=False, adapter_access_token=None, "
        "config={'qt': 'none', 'subProcess': True}, parent_session_pid=None)",
        "FrozenInstanceError",
    ]


def test_log_to_stderr(work):
    outcome = work.dapstub("--log-to-stderr", "-c", "")
    assert (outcome.status, outcome.out) == (0, "")
    assert "frontend: listening for a debugger" in outcome.err


def test_log_to(work):
    outcome = work.dapstub("--log-to", str(work.folder / "logs"), "-c", "")
    assert (outcome.status, outcome.err) == (0, "")
    assert [
        len(list(work.folder.glob(f"logs/debugpy.{name}*.log"))) for name in ("server-", "adapter-", "pydevd.")
    ] == [1] * 3


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="there is no such signal on this system")
@pytest.mark.parametrize("name", ["USR1", "SIGUSR1", str(getattr(signal, "SIGUSR1", 0).__int__())])
def test_arm(work, name):
    port = free_port()
    text = "import dapstub, os, signal; address = dapstub._dapstub.address; print(address())\n"
    text += "os.kill(os.getpid(), signal.SIGUSR1); print(address())\n"
    outcome = work.run(*DOORS["module"], "--listen", str(port), "--arm", name, "-c", text)
    assert (outcome.out, outcome.err) == (f"None\n('127.0.0.1', {port})\n", "")


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python can do it")
def test_pid_says_what_to_do_instead(work):
    outcome = work.run(*DOORS["module"], "--listen", "0", "--pid", str(os.getpid()))
    assert (outcome.status, outcome.out) == (1, "")
    for word in ("Python 3.14", "python -m dapstub --listen", "dapstub.listen(", "dapstub.arm("):
        assert word in outcome.err


def _until_open(port: int) -> None:
    give_up = time.monotonic() + DEADLINE
    while time.monotonic() < give_up:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError(f"nothing listens on {port}")
