"""The environment variables of debugpy that concern an attached program."""

import json
import os

import pytest
from conftest import DOORS, free_port

SHOW = "import dapstub, sys; print(dapstub._dapstub.address(), sys.argv[1:])"


def endpoints(path: str) -> str:
    """A text that shows the file with the endpoints."""
    return f"import os; print(open({path!r}).read().strip() if os.path.exists({path!r}) else None)\n"


@pytest.mark.parametrize("door", ["call", "line"])
def test_a_file_says_where_it_listens_until_the_port_is_closed(work, door):
    path = str(work.folder / "endpoints.json")
    variables = {"DEBUGPY_ADAPTER_ENDPOINTS": path}
    port = free_port()
    if door == "call":
        text = f"import dapstub\n{endpoints(path)}dapstub.listen({port})\n{endpoints(path)}"
        outcome = work.python("-c", text, env=variables)
        before, found = outcome.out.splitlines()
        assert before == "None"
    else:
        outcome = work.run(*DOORS["module"], "--listen", str(port), "-c", endpoints(path), env=variables)
        (found,) = outcome.out.splitlines()
    place = {"host": "127.0.0.1", "port": port}
    assert json.loads(found) == {"client": place, "server": place}
    assert (outcome.status, outcome.err) == (0, "")
    assert list(work.folder.iterdir()) == []


def test_a_forked_child_leaves_the_file(work):
    path = str(work.folder / "endpoints.json")
    text = f"""
import dapstub, os, sys
dapstub.listen(0)
child = os.fork()
if child == 0:
    sys.exit(0)
os.waitpid(child, 0)
{endpoints(path)}"""
    outcome = work.python("-c", text, env={"DEBUGPY_ADAPTER_ENDPOINTS": path})
    assert json.loads(outcome.out)["client"]["host"] == "127.0.0.1"


@pytest.mark.skipif(os.name == "nt", reason="Windows ends without a word")
def test_the_file_goes_with_a_program_that_ends_on_the_spot(work):
    path = str(work.folder / "endpoints.json")
    text = f"import dapstub, os; dapstub.listen(0); print(os.path.exists({path!r}), flush=True); os._exit(3)"
    outcome = work.python("-c", text, env={"DEBUGPY_ADAPTER_ENDPOINTS": path})
    assert (outcome.status, outcome.out, outcome.err) == (3, "True\n", "")
    assert list(work.folder.iterdir()) == []


def test_a_file_that_cannot_be_written_is_told(work):
    outcome = work.python(
        "-c", "import dapstub; dapstub.listen(0)", env={"DEBUGPY_ADAPTER_ENDPOINTS": "nowhere/endpoints.json"}
    )
    text = "dapstub: DEBUGPY_ADAPTER_ENDPOINTS: can't write nowhere/endpoints.json: No such file or directory\n"
    assert (outcome.status, outcome.err) == (0, text)


def test_one_debugger_is_enough(work):
    again = [*DOORS["module"], "--listen", "0", "-c", SHOW]
    text = f"import subprocess; print(subprocess.check_output({again!r}, text=True).strip())"
    outcome = work.dapstub("--configure-subProcess", "false", "-c", text)
    assert (outcome.out, outcome.err) == ("None []\n", "")
    # A child is reached where its parent is, and opens nothing of its own.
    outcome = work.dapstub("-c", text)
    assert (outcome.out == "None []\n", outcome.err) == (os.name == "nt", "")
    assert outcome.out.endswith(" []\n")


@pytest.mark.parametrize("value", ["false", "", "TRUE"])
def test_other_values_do_not_keep_it_from_listening(work, value):
    port = free_port()
    outcome = work.run(*DOORS["module"], "--listen", str(port), "-c", SHOW, env={"DEBUGPY_RUNNING": value})
    assert outcome.out == f"('127.0.0.1', {port}) []\n"


def test_options_from_the_environment(work):
    port = free_port()
    work.write("program.py", SHOW)
    outcome = work.run(*DOORS["module"], "program.py", "a", env={"DEBUGPY_EXTRA_ARGV": f"--listen {port}"})
    assert outcome.out == f"('127.0.0.1', {port}) ['a']\n"
    # The command line counts more.
    extra = {"DEBUGPY_EXTRA_ARGV": "--connect 1"}
    outcome = work.run(*DOORS["module"], "--listen", str(port), "program.py", env=extra)
    assert outcome.status == 2
    extra = {"DEBUGPY_EXTRA_ARGV": "--listen 1 --wait-for-client -m nothing"}
    outcome = work.run(*DOORS["module"], "--listen", str(port), "--wait-for-client", "--help", env=extra)
    assert outcome.status == 0
    extra = {"DEBUGPY_EXTRA_ARGV": "--listen 1"}
    outcome = work.run(*DOORS["module"], "--listen", str(port), "program.py", env=extra)
    assert outcome.out == f"('127.0.0.1', {port}) []\n"


@pytest.mark.parametrize(
    ("extra", "sentence"),
    [
        ("--xyz 123", "unknown option --xyz"),
        ("--listen 1 --listen 2", "--listen is given twice"),
        ("--configure-xyz 1", "--configure-xyz: unknown property 'xyz'; there are qt and subProcess"),
    ],
)
def test_wrong_options_from_the_environment(work, extra, sentence):
    outcome = work.run(*DOORS["module"], "program.py", env={"DEBUGPY_EXTRA_ARGV": extra})
    assert outcome.status == 2
    assert outcome.err.endswith(f"dapstub: error: {sentence}\n")


def test_a_program_from_the_environment(work):
    port = free_port()
    work.write("program.py", SHOW)
    outcome = work.run(*DOORS["module"], env={"DEBUGPY_EXTRA_ARGV": f"--listen {port} program.py"})
    assert outcome.out == f"('127.0.0.1', {port}) []\n"


def test_importing_and_listening_warn_of_nothing(work):
    text = "import dapstub\ndapstub.install_as_debugpy()\nimport debugpy, debugpy.server.api\ndebugpy.listen(0)\n"
    outcome = work.python("-W", "error", "-X", "dev", "-c", text)
    assert (outcome.status, outcome.err) == (0, "")
