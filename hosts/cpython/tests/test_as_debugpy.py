"""`import debugpy` means dapstub, in every way to ask for it."""

import importlib.util
import os

import dapstub
import pytest
from conftest import DOORS, PACKAGE, free_port

IS_OURS = "import debugpy; print(debugpy.listen is __import__('dapstub').listen)"

needs_debugpy = pytest.mark.skipif(
    importlib.util.find_spec("debugpy") is None, reason="debugpy is not installed here: pip install debugpy"
)


def test_once_is_as_good_as_twice(work):
    text = (
        "import dapstub\ndapstub.install_as_debugpy()\nimport debugpy as first\ndapstub.install_as_debugpy()\n"
        "import debugpy\nprint(first is debugpy, debugpy.listen is dapstub.listen, debugpy.__version__)\n"
    )
    assert work.python("-c", text).out == "True True 1.8.22\n"


def test_everything_of_debugpy_is_there(work):
    text = (
        "import dapstub\ndapstub.install_as_debugpy()\n"
        "from debugpy import *\nimport debugpy\nfrom debugpy.server import api, cli\n"
        "import debugpy.public_api, debugpy._version\n"
        "print(sorted(debugpy.__all__))\n"
        "print([n for n in debugpy.__all__ if n != '__version__' and getattr(api, n) is not getattr(debugpy, n)])\n"
        "print(debugpy.CliOptions.__name__, debugpy.Endpoint, wait_for_client.__name__)\n"
        "print(debugpy._version.get_versions()['version'] == debugpy.__version__)\n"
        "try:\n    import debugpy.adapter\nexcept ImportError as error:\n    print(error)\n"
    )
    outcome = work.python("-c", text)
    assert outcome.err == ""
    assert outcome.out.splitlines()[1:] == [
        "[]",
        "CliOptions tuple[str, int] wait_for_client",
        "True",
        "No module named 'debugpy.adapter'",
    ]


def test_its_folder_is_the_command_line(work):
    text = "import dapstub\ndapstub.install_as_debugpy()\nimport debugpy\nprint(debugpy.__file__)\n"
    folder = os.path.dirname(work.python("-c", text).out.strip())
    assert work.python(folder, "--version").out == f"dapstub {dapstub.__version__}\n"


@pytest.mark.parametrize("how", ["option", "variable"])
def test_the_command_line_does_it_for_a_program_and_its_children(work, how):
    child = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {IS_OURS!r}])\n"
    work.write("program.py", f"{IS_OURS}\nimport sys\nsys.stdout.flush()\n{child}")
    option, variable = (["--as-debugpy"], {}) if how == "option" else ([], {"DAPSTUB_AS_DEBUGPY": "1"})
    outcome = work.run(*DOORS["module"], "--listen", str(free_port()), *option, "program.py", env=variable)
    assert (outcome.out, outcome.err) == ("True\nTrue\n", "")


def test_without_touching_anything_but_the_path(work):
    shim = str(PACKAGE / "_shim")
    assert work.python("-c", IS_OURS, env={"PYTHONPATH": shim}).out == "True\n"
    # As a command line, and for a Python that has no dapstub installed.
    outcome = work.python("-m", "debugpy", "--listen", str(free_port()), "-c", IS_OURS, env={"PYTHONPATH": shim})
    assert (outcome.out, outcome.err) == ("True\n", "")
    outcome = work.python("-S", "-c", IS_OURS + "; import sys; print(sys.path[1:2])", env={"PYTHONPATH": shim})
    assert (outcome.out, outcome.err) == (f"True\n['{shim}']\n", "")


@needs_debugpy
def test_who_has_imported_the_real_one_gets_ours(work):
    text = (
        "import debugpy as real\nfrom debugpy.server import api\nimport dapstub\ndapstub.install_as_debugpy()\n"
        "import debugpy\nprint(debugpy is not real, real.listen is dapstub.listen, api.listen is dapstub.listen)\n"
        "print(real.listen(0)[0])\n"
    )
    outcome = work.python("-X", "frozen_modules=off", "-c", text)
    assert outcome.out == "True True True\n127.0.0.1\n"


@needs_debugpy
def test_the_real_one_at_work_is_left_alone(work):
    text = (
        "import debugpy, sys\ndebugpy.listen(0, in_process_debug_adapter=True)\nreal = debugpy.listen\nimport dapstub\n"
        "try:\n    dapstub.install_as_debugpy()\nexcept RuntimeError as error:\n    print(error)\n"
        "print(debugpy.listen is real, sys.modules['debugpy'] is debugpy, flush=True)\n__import__('os')._exit(0)\n"
    )
    outcome = work.python("-X", "frozen_modules=off", "-c", text)
    first, second = outcome.out.splitlines()
    assert "debugs this process already; call dapstub.install_as_debugpy() before" in first
    assert second == "True True"
