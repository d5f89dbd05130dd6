"""Code of a folder beside it that calls back."""

import sys

sys.path.insert(0, sys.argv[1])

import outer.inside.deep as deep  # noqa: E402


def callback(n):
    value = n + 1  # callback
    if len(sys.argv) > 2:
        raise ValueError("from the callback")  # raise
    return value


try:
    print("result", deep.calls(callback))  # call
except ValueError as error:
    print("caught", error)
