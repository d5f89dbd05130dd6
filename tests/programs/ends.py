"""Ends as the first argument says."""

import os
import sys


def inner(text):
    raise LookupError(text)


how = sys.argv[1]
print("arguments", sys.argv[1:], __name__, os.path.basename(__file__))
if how == "raises":
    try:
        inner("first")
    except LookupError as error:
        raise RuntimeError("second") from error
elif how == "exits":
    sys.exit(3)
elif how == "says":
    sys.exit("a text is a failure")
elif how == "interrupted":
    raise KeyboardInterrupt
elif how == "hard":
    os._exit(5)
elif how == "aborts":
    import signal

    os.kill(os.getpid(), signal.SIGKILL)
