"""A program under the debugger ends, and reports, exactly as under plain Python."""

import os
import py_compile
import signal
import subprocess
import sys
import zipfile

import pytest
from conftest import DEADLINE, DOORS, PACKAGE, free_port

ENDINGS = {
    "normal": "print('done')",
    "exit_status": "import sys; sys.exit(3)",
    "exit_none": "raise SystemExit",
    "exit_text": "import sys; sys.exit('no more fuel')",
    "exit_negative": "import sys; sys.exit(-1)",
    "exit_object": "raise SystemExit(['a', 1])",
    "os_exit": "import os, sys; print('x'); sys.stdout.flush(); os._exit(7)",
    "exception": "def f(n):\n    return 1 / n\n\nf(0)\n",
    "syntax_error": "x = 1\ny = (\n",
    "indentation_error": "if True:\nx = 1\n",
    "syntax_error_in_import": "import broken\n",
    "null_byte": "x = 1\ny = 'a' \0 + 1\n",
    "chained": "try:\n    {}['k']\nexcept KeyError as e:\n    raise ValueError('two') from e\n",
    "context": "try:\n    {}['k']\nexcept KeyError:\n    [][1]\n",
    "group": "raise ExceptionGroup('both', [ValueError(1), TypeError(2)])",
    "notes": "e = ValueError(1)\ne.add_note('seen at night')\nraise e\n",
    "keyboard_interrupt": "print('x')\nraise KeyboardInterrupt\n",
    "keyboard_interrupt_deep": "def f():\n    raise KeyboardInterrupt('why')\nf()\n",
    "keyboard_interrupt_subclass": "class Stop(KeyboardInterrupt): pass\nraise Stop\n",
    "interrupt_after_exec": "exec('1')\nexec('x = 2')\nraise KeyboardInterrupt\n",
    "generator_exit": "raise GeneratorExit\n",
    "stop_iteration": "raise StopIteration(5)\n",
    "base_exception": "class Odd(BaseException): pass\nraise Odd('text')\n",
    "own_excepthook": (
        "import sys\ndef hook(t, v, tb):\n    print('hook', t, v, tb.tb_lineno, tb.tb_frame.f_back)\n"
        "sys.excepthook = hook\n1/0\n"
    ),
    "failing_excepthook": "import sys\ndef hook(*a):\n    raise RuntimeError('worse')\nsys.excepthook = hook\n1/0\n",
    "excepthook_exits": "import sys\nsys.excepthook = lambda *a: sys.exit(9)\n1/0\n",
    "excepthook_is_original": "import sys\nprint(sys.excepthook is sys.__excepthook__, sys.excepthook)\n",
    "no_last_exception": "import sys\nprint([n for n in dir(sys) if n.startswith('last')], sys.exc_info())\n",
    "no_handled_exception": "import sys\ntry:\n    1/0\nexcept Exception as e:\n    print(e.__context__)\n",
    "stack": "import traceback\ntraceback.print_stack()\ndef f():\n    traceback.print_stack()\nf()\n",
    "bottom_frame": "import sys\nprint(sys._getframe().f_back)\n",
    "inspect_stack": "import inspect\nprint([f.function for f in inspect.stack()])\n",
    "recursion": "def f(n):\n    global depth\n    depth = n\n    f(n + 1)\nf(1)\n",
    "warning_beyond_the_stack": "import warnings\nwarnings.warn('old', stacklevel=2)\n",
    "warning": "import warnings\nwarnings.warn('old', DeprecationWarning)\n",
    "thread_exception": "import threading as m\nt = m.Thread(target=lambda: 1/0)\nt.start()\nt.join()\nprint('on')\n",
    "thread_outlives_main": (
        "import threading, time\ndef f():\n    time.sleep(0.1)\n    print('late')\n"
        "threading.Thread(target=f).start()\nprint('main ends')\n"
    ),
    "daemon": "import threading as m, time\nm.Thread(target=time.sleep, args=(60,), daemon=True).start()\nprint(1)\n",
    "atexit": "import atexit\natexit.register(print, 'bye')\nprint('hello')\n",
    "atexit_fails": "import atexit\natexit.register(lambda: 1/0)\n",
    "atexit_exits": "import atexit, sys\natexit.register(sys.exit, 4)\n",
    "unraisable": "class A:\n    def __del__(self):\n        1/0\na = A()\ndel a\n",
    "stdout_closed": "import sys\nsys.stdout.close()\n",
    "name": "print(__name__, __spec__, __package__, __doc__)\n",
    "docstring": "'''What it is.'''\nprint(__doc__)\n",
    "namespace": "print(vars())\n",
    "future": "from __future__ import annotations\ndef f(x: undefined): pass\nprint(f.__annotations__)\n",
    "annotations": "x: int = 1\nprint(__annotations__)\n",
    "no_future_inherited": "def f(x: int): pass\nprint(f.__annotations__)\n",
    "main_module": "import sys, __main__\nprint(sys.modules['__main__'].__dict__ is globals(), __main__.__file__)\n",
    "path": "import sys\nprint(sys.path, sys.argv)\n",
    "input_at_end": "try:\n    input()\nexcept EOFError:\n    print('end')\n",
    "pickle": (
        "import pickle\nclass A: pass\ndef f(): pass\n"
        "print(type(pickle.loads(pickle.dumps(A()))) is A, pickle.loads(pickle.dumps(f)) is f)\n"
    ),
    "spawn": (
        "import multiprocessing as m\ndef f(x):\n    return x * x\nif __name__ == '__main__':\n"
        "    with m.get_context('spawn').Pool(1) as p:\n        print(p.map(f, [1, 2, 3]))\n"
    ),
    "own_module_named_like_the_library": "import operator_of_mine, queue\nprint(queue.MINE)\n",
}


# Up to 3.11, calls from C count against the recursion limit too: there the program has three levels less.
RECURSION = pytest.param(
    "recursion", marks=pytest.mark.skipif(sys.version_info < (3, 12), reason="three levels of recursion less on 3.11")
)


@pytest.mark.parametrize("case", [*(case for case in ENDINGS if case != "recursion"), RECURSION])
def test_a_file_ends_as_under_python(work, case):
    work.write("broken.py", "def f(:\n    pass\n")
    work.write("operator_of_mine.py", "")
    work.write("queue.py", "MINE = True\n")
    work.write("program.py", ENDINGS[case])
    work.same("program.py")


CODES = [
    "normal",
    "exit_text",
    "exception",
    "syntax_error",
    "keyboard_interrupt",
    "stack",
    "namespace",
    "path",
    RECURSION,
]


@pytest.mark.parametrize("case", CODES)
def test_code_ends_as_under_python(work, case):
    work.same("-c", ENDINGS[case], "a", "-b", "--listen")


@pytest.mark.parametrize("case", [*CODES, "pickle", "spawn"])
def test_a_module_ends_as_under_python(work, case):
    work.write("package/__init__.py", "")
    work.write("package/program.py", ENDINGS[case])
    work.same("-m", "package.program", "a", "-m", "b")


@pytest.mark.parametrize("case", [*CODES, "pickle"])
def test_a_folder_ends_as_under_python(work, case):
    work.write("house/__main__.py", "import room\n" + ENDINGS[case])
    work.write("house/room.py", "print(__name__)\n")
    work.same("house", "a", "--help")


@pytest.mark.parametrize("case", ["normal", "exception", "stack"])
def test_a_zip_file_ends_as_under_python(work, case):
    with zipfile.ZipFile(work.folder / "house.zip", "w") as archive:
        archive.writestr("__main__.py", ENDINGS[case])
    work.same("house.zip", "a")


@pytest.mark.parametrize("case", ["exit_status", "exception", "keyboard_interrupt", "stack", "namespace", "path"])
def test_every_door_changes_nothing(work, door, case):
    work.write("program.py", ENDINGS[case])
    work.same("program.py", "a", "-m", "--listen", door=door)


@pytest.mark.parametrize(
    "arguments",
    [
        ["missing.py"],
        ["empty"],
        ["-m", "missing"],
        ["-m", "package"],
        ["-m", "package.missing"],
        ["-m", "failing"],
        ["plain"],
    ],
)
def test_a_program_that_cannot_be_found_fails_as_under_python(work, arguments):
    (work.folder / "empty").mkdir()
    work.write("package/__init__.py", "")
    work.write("failing/__init__.py", "1/0")
    work.same(*arguments)


SOURCES = {
    "bom": b"\xef\xbb\xbfprint('\xc3\xa4')\n1/0",
    "latin_1": b"# -*- coding: latin-1 -*-\nprint('\xe4')\n1/0",
    "not_utf_8": b"x = 1\ny = '\xe4'\n",
    "unknown_encoding": b"# coding: klingon\nx = 1\n",
    "not_in_declared_encoding": b"#!/usr/bin/python\n# coding: ascii\nx = '\xe4'\n",
    "bom_and_another_encoding": b"\xef\xbb\xbf# coding: latin-1\nx = 1\n",
    "not_utf_8_as_declared": b"# coding: utf-8\nx = 1\ny = '\xe4'\n",
    "crlf": b"x = '''a\r\nb'''\r\nprint(repr(x))\r\n1/0\r\n",
    "no_newline_at_end": b"if True:\n    1/0",
    "empty": b"",
}


@pytest.mark.parametrize("case", list(SOURCES))
def test_a_text_is_read_as_by_python(work, case):
    work.write("program.py", SOURCES[case])
    work.same("program.py")


def test_a_compiled_file_runs(work):
    work.write("program.py", "print(__file__, __loader__.__class__.__name__)\n1/0\n")
    py_compile.compile(str(work.folder / "program.py"), str(work.folder / "compiled.pyc"))
    work.same("compiled.pyc")


@pytest.mark.skipif(os.name == "nt", reason="no symbolic links without privileges")
def test_a_link_finds_the_modules_beside_its_file(work):
    work.write("real/program.py", "import beside, sys\nprint(__file__, sys.path[0], sys.argv)\n")
    work.write("real/beside.py", "print('beside')\n")
    (work.folder / "link.py").symlink_to("real/program.py")
    work.same("link.py")


@pytest.mark.parametrize("flags", [["-P"], ["-I"], ["-O"], ["-u"], ["-W", "error"], ["-X", "dev"]])
def test_interpreter_options_count(work, flags):
    program = work.write("program.py", "import sys\nprint(sys.path, __debug__, sys.flags)\n1/0\n")
    plain = work.run(sys.executable, *flags, program)
    for door in (["-m", "dapstub"], [str(PACKAGE)]):
        ours = work.run(sys.executable, *flags, *door, "--listen", str(free_port()), program)
        assert ours == plain


def test_input_goes_to_the_program(work):
    work.write("program.py", "print(input()[::-1])\n")
    command = [*DOORS["module"], "--listen", str(free_port()), "program.py"]
    done = subprocess.run(command, cwd=work.folder, input=b"abc\n", capture_output=True, timeout=DEADLINE)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, b"cba", b"")


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_program_as_under_python(work, number):
    work.write("program.py", f"import os, time\nos.kill(os.getpid(), {int(number)})\ntime.sleep(5)\n")
    outcome = work.same("program.py")
    assert outcome.status == -number


def test_modules_of_the_debugger_do_not_hide_those_of_the_program(work):
    work.write("program.py", "import argparse, operator, functools, json\nprint(argparse.MINE, json.MINE)\n")
    for name in ("argparse", "json"):
        work.write(f"{name}.py", "MINE = True\n")
    work.same("program.py")


def test_nothing_of_the_environment_changes(work):
    # But for what tells a program started from there that one debugger is enough.
    work.write("program.py", "import os\nprint(sorted(os.environ.items() - {('DEBUGPY_RUNNING', 'true')}))\n")
    work.same("program.py")


def test_hardly_a_module_is_imported_for_the_program(work):
    show = "import sys\nprint(*sorted(sys.modules), sep='\\n')\n"
    work.write("program.py", show)
    # The debugger's threads need `threading` to be there, and to have been imported by the main thread.
    work.write("with_threading.py", "import threading, atexit, __future__\n" + show)
    # `python -m` itself brings runpy and what that needs.
    expected = set(work.python("-m", "with_threading").out.split())
    found = set(work.run(sys.executable, "-m", "dapstub", "--listen", "0", "program.py").out.split())
    # Through this one, which is no more than one function in C, the program starts its children.
    expected.add("_posixsubprocess")
    assert {name for name in found - expected if not name.startswith("dapstub")} == set()
