"""Code that comes from files, from an archive, and from nowhere."""

import linecache
import os
import sys
import tempfile
import zipfile

TYPED = "def typed(call):\n    return call()  # in the cell\n"


def look():
    return 1  # look


def middle(call):
    names = {}
    linecache.cache["<cell 1>"] = (len(TYPED), None, TYPED.splitlines(True), "<cell 1>")
    exec(compile(TYPED, "<cell 1>", "exec"), names)
    return names["typed"](call)


def nowhere(call):
    names = {}
    exec(compile("def lost(call):\n    return call()\n", "<nowhere>", "exec"), names)
    return names["lost"](call)


with tempfile.TemporaryDirectory() as folder:
    archive = os.path.join(folder, "packed.zip")
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("inside.py", "__version__ = '1.2'\n\n\ndef called(call):\n    return call()  # packed\n")
    sys.path.insert(0, archive)
    import inside

    print("done", inside.called(lambda: middle(lambda: nowhere(look))))
