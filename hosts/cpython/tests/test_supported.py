"""Interpreters for which there is no dapstub: the import refuses, and says why."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PACKAGE, Workplace

# Free-threaded interpreters, where there are any: by this variable, or by their usual names.
FREE_THREADED = [
    found
    for name in [
        *os.environ.get("DAPSTUB_FREE_THREADED", "").split(os.pathsep),
        "python3.13t",
        "python3.14t",
        "python3.15t",
    ]
    if name and (found := shutil.which(name))
]


def refusal(work: Workplace, pretence: str) -> str:
    """What an import says in an interpreter that pretends to be another."""
    work.write("pretends.py", f"import sys\n{pretence}\nimport dapstub\n")
    outcome = work.python("pretends.py")
    assert outcome.status == 1
    assert "_dapstub" not in outcome.err.rpartition("ImportError")[0].replace(str(PACKAGE), "")
    return outcome.err.strip().splitlines()[-1]


def test_free_threaded(work: Workplace) -> None:
    version = ".".join(map(str, sys.version_info[:2]))
    assert refusal(work, "sys.version = sys.version.replace(' (', ' free-threading build (', 1)") == (
        f"ImportError: dapstub needs a Python with the GIL, and this is the free-threaded build of cpython {version}; "
        "use the default build of the same version"
    )


def test_pypy(work: Workplace) -> None:
    said = refusal(work, "sys.implementation.name = 'pypy'")
    assert said.startswith("ImportError: dapstub works inside CPython's own interpreter loop, and this is pypy 3.")


def test_older_python(work: Workplace) -> None:
    said = refusal(work, "sys.version_info = (3, 10, 4, 'final', 0)")
    assert said == "ImportError: dapstub needs Python 3.11 or newer, and this is cpython 3.10"


def test_older_pythons_can_read_it() -> None:
    """What runs before the refusal has no newer syntax than Python 3.8 knows."""
    import ast

    for name in ["__init__.py", "__main__.py", "_supported.py"]:
        ast.parse((PACKAGE / name).read_text(encoding="utf-8"), feature_version=(3, 8))


@pytest.mark.skipif(not FREE_THREADED, reason="no free-threaded Python: put one on PATH, or in DAPSTUB_FREE_THREADED")
@pytest.mark.parametrize("gil", ["0", "1"])
def test_real_free_threaded(gil: str, tmp_path: Path) -> None:
    for python in FREE_THREADED:
        for command in [["-c", "import dapstub"], ["-m", "dapstub"], [str(PACKAGE)]]:
            done = subprocess.run(
                [python, *command],
                cwd=tmp_path,
                env={
                    **os.environ,
                    "PYTHONPATH": str(PACKAGE.parent),
                    "PYTHON_GIL": gil,
                    "PYTHONDONTWRITEBYTECODE": "1",
                },
                capture_output=True,
                text=True,
                timeout=30,
            )
            assert done.returncode == 1
            assert "dapstub needs a Python with the GIL" in done.stderr.strip().splitlines()[-1]
