"""A program that starts its debugger itself, and leaves by `sys.exit`."""

import os
import sys

sys.path.insert(0, os.environ["DAPSTUB_STAGED"])

import dapstub  # noqa: E402


def leave(status):
    sys.exit(status)  # exit


print("listening", dapstub.listen(("127.0.0.1", 0))[1], flush=True)
dapstub.wait_for_client()
try:
    leave(7)
except SystemExit:
    print("caught", flush=True)
leave(int(sys.argv[1]))  # last
