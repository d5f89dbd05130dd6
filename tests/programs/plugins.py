"""Runs the text of the file named by the first argument, as hosts of plugins do."""

import sys

path = sys.argv[1]
with open(path, encoding="utf-8") as file:
    code = compile(file.read(), path, "exec")
space = {"__name__": "plugin"}
exec(code, space)
print("plugin says", space["entry"](20))
