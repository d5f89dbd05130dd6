"""Reads a program's text, and refuses in Python's words what Python cannot read.

`compile` words these refusals differently from `python FILE`, which reads the file itself.
"""

from __future__ import annotations

import io


def read(path: str) -> bytes:
    """The text of the file `path`, as `compile` takes it.

    Raises the `SyntaxError` of `python FILE` for a text that is not in its encoding, or holds a null byte.
    """
    with io.open_code(path) as file:
        source = file.read()
    if b"\0" in source:
        raise _null_byte(path, source)
    refusal = _undecodable(path, source)
    if refusal:
        raise SyntaxError(refusal)
    return source


def _null_byte(path: str, source: bytes) -> SyntaxError:
    before = source[: source.index(b"\0")]
    text = before.rpartition(b"\n")[2].decode("utf-8", "replace")
    return SyntaxError("source code cannot contain null bytes", (path, before.count(b"\n") + 1, 0, text))


def _undecodable(path: str, source: bytes) -> str | None:
    head = source.split(b"\n", 2)[:2]
    if any(b"coding" in line for line in head):
        from tokenize import detect_encoding

        try:
            encoding, _ = detect_encoding(io.BytesIO(source).readline)
            source.decode(encoding)
        except (SyntaxError, UnicodeDecodeError):
            return _declared(source, head)
        return None
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        return (
            f"Non-UTF-8 code starting with '\\x{source[error.start]:02x}' in file {path} on line {line}, "
            "but no encoding declared; see https://peps.python.org/pep-0263/ for details"
        )
    return None


def _declared(source: bytes, head: list[bytes]) -> str | None:
    """What is wrong, where the text itself names its encoding."""
    from re import ASCII, match

    for line in head:
        found = match(
            r"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", line.decode("latin-1").removeprefix("\xef\xbb\xbf"), ASCII
        )
        if found:
            name = found[1]
            plain = name.lower().replace("_", "-")
            if plain in ("utf-8", "utf8"):
                return None  # `compile` agrees with Python here
            if plain in ("latin-1", "iso-8859-1", "iso-latin-1"):
                name = "iso-8859-1"
            return f"encoding problem: {name}" + (" with BOM" if source.startswith(b"\xef\xbb\xbf") else "")
    return None
