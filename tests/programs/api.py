"""Uses the Python API as the first argument says, and tells what came of it."""

import os
import signal
import socket
import sys
import threading
import time

sys.path.insert(0, os.environ["DAPSTUB_STAGED"])
import dapstub


def attempt(what, call, *arguments):
    """Prints what the call returned, or raised."""
    try:
        print(what, "gave", repr(call(*arguments)))
    except Exception as error:
        print(what, "raised", type(error).__name__, error)


def listening():
    address = dapstub.listen(("127.0.0.1", 0))
    print("listening", address[1], flush=True)
    return address


def wait():
    """The wait gate."""
    listening()
    print("connected", dapstub.is_client_connected())
    dapstub.wait_for_client()
    print("released", dapstub.is_client_connected())
    sys.stdin.readline()


def cancel():
    """A wait that is given up from another thread."""
    listening()

    def give_up():
        time.sleep(0.1)
        dapstub.wait_for_client.cancel()

    threading.Thread(target=give_up).start()
    dapstub.wait_for_client()
    print("released", dapstub.is_client_connected())


def errors():
    attempt("wait", dapstub.wait_for_client)
    attempt("connected", dapstub.is_client_connected)
    attempt("breakpoint", dapstub.breakpoint)
    attempt("word", dapstub.listen, "abc")
    attempt("large", dapstub.listen, 70000)
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    attempt("taken", dapstub.listen, taken.getsockname())
    attempt("again", listening)
    attempt("twice", dapstub.listen, ("127.0.0.1", 0))
    taken.close()


def start():
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    attempt("dormant", dapstub.start, {"host": "127.0.0.1", "port": 0, "start": False, "wait": True})
    attempt("taken", dapstub.start, {"host": "127.0.0.1", "port": taken.getsockname()[1]})
    first = dapstub.start({"host": "127.0.0.1", "port": 0})
    print("listening", first[1], flush=True)
    print("same", dapstub.start({"host": "127.0.0.1", "port": 0, "wait": False}) == first)
    print("same", dapstub.start() == first)
    attempt("listen", dapstub.listen, ("127.0.0.1", 0))
    attempt("unknown", dapstub.start, {"prot": 1})
    sys.stdin.readline()


def stops():
    """Breakpoints set by calls."""
    address = dapstub.listen(("127.0.0.1", 0))
    dapstub.breakpoint()
    # Nobody was there, so nothing happened; from here on somebody may come.
    print("listening", address[1], flush=True)
    dapstub.wait_for_client()
    dapstub.breakpoint()  # call
    n = 1  # after-call
    breakpoint()  # builtin
    n += 1  # after-builtin
    print("n", n)


def signals():
    """Handlers that run on the main thread, whatever is stopped."""

    def handler(number, frame):
        print("handled", signal.Signals(number).name, flush=True)
        raise SystemExit(40 + number)

    signal.signal(signal.SIGTERM, handler)
    listening()
    dapstub.wait_for_client()
    if sys.argv[2] == "main":
        work()
    else:
        thread = threading.Thread(target=work, name="worker", daemon=True)
        thread.start()
        while True:
            time.sleep(3600)


def work():
    n = 1  # work
    while True:
        time.sleep(0.01)
        n += 1


def interrupted():
    """Ctrl-C."""
    listening()
    dapstub.wait_for_client()
    try:
        work()
    except KeyboardInterrupt:
        print("interrupted")
        sys.exit(9)


globals()[sys.argv[1]]()
print("finished")
