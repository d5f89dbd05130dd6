"""Reads a program's text, and has Python itself refuse what cannot be read.

`compile` words its refusal of a text that is not in its encoding, or holds a null byte, differently from `python FILE`,
and each version of Python words both anew.
"""

from __future__ import annotations

import io
import sys


def read(path: str) -> bytes | None:
    """The text of the file `path`, as `compile` takes it; None for what `compile` and `python FILE` see differently."""
    with io.open_code(path) as file:
        source = file.read()
    return source if b"\0" not in source and _is_decodable(source) else None


def _is_decodable(source: bytes) -> bool:
    encoding = "utf-8"
    try:
        # Where an encoding may be declared.
        if any(b"coding" in line for line in source.split(b"\n", 2)[:2]):
            from tokenize import detect_encoding

            encoding, _ = detect_encoding(io.BytesIO(source).readline)
        source.decode(encoding)
    except (SyntaxError, UnicodeDecodeError):
        return False
    return True


def refuse(path: str) -> None:
    """Stands for a program that cannot be read. Nothing of it runs: Python reads it, says what is wrong, and ends."""
    import subprocess

    from . import _children

    # That one has to be Python alone, or it would come here as well.
    _children.enable(False)
    options = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
    sys.exit(subprocess.run([sys.executable, *options, path]).returncode)
