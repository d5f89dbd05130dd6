"""Uses what the Python API has besides listening, as the first argument says."""

import logging
import os
import signal
import sys
import threading
import time

sys.path.insert(0, os.environ["DAPSTUB_STAGED"])
import dapstub


def attempt(what, call, *arguments, **keywords):
    """Prints what the call returned, or raised."""
    try:
        print(what, "gave", repr(call(*arguments, **keywords)), flush=True)
    except Exception as error:
        print(what, "raised", type(error).__name__, error, flush=True)


def listening():
    address = dapstub.listen(("127.0.0.1", 0))
    print("listening", address[1], flush=True)
    return address


def divide(a, b):
    return a / b  # fails


def triggered():
    """Exceptions that are caught, and shown."""
    alone = dapstub.trigger_exception_handler(5)
    listening()
    print("alone", alone)
    dapstub.wait_for_client()
    attempt("wrong", dapstub.trigger_exception_handler, (1, 2, 3))
    attempt("none", dapstub.trigger_exception_handler)
    try:
        divide(1, 0)
    except ZeroDivisionError as error:
        caught = error
        dapstub.trigger_exception_handler()
    print("first", flush=True)
    dapstub.trigger_exception_handler(caught, as_uncaught=False)
    print("second", flush=True)
    sys.stdin.readline()
    # The filter is not set any more.
    dapstub.trigger_exception_handler((type(caught), caught, caught.__traceback__))
    print("third", flush=True)


def work():
    return os.getpid()  # here


def untraced():
    """A thread that does not want to be stopped, and one call that it wants nevertheless."""
    listening()
    dapstub.wait_for_client()
    dapstub.trace_this_thread(False)
    work()
    dapstub.breakpoint()  # call
    n = 1  # asked
    dapstub.trace_this_thread(True)
    attempt("this", dapstub.debug_this_thread)
    work()
    print("n", n)  # again


def connected():
    """Connects to who waits at the port in the second argument, again and again."""
    port = int(sys.argv[2])
    attempt("before", dapstub.wait_for_client)
    attempt("connect", dapstub.connect, ("127.0.0.1", port))
    attempt("twice", dapstub.connect, port)
    print("connected", dapstub.is_client_connected(), flush=True)
    # Its client has come, whether it is still there or not.
    dapstub.wait_for_client()
    work()
    print("worked", flush=True)
    for line in sys.stdin:
        if line == "again\n":
            attempt("again", dapstub.connect, port)
        elif line == "in vain\n":
            attempt("in vain", dapstub.connect, port)
        elif line == "listen\n":
            listening()
        elif line == "work\n":
            work()
            print("worked", flush=True)
        else:
            break


def nested():
    """Connects from code that has an evaluation of its own, and is to be stopped where that returns to."""
    text = "dapstub.connect(int(sys.argv[2])); sorted([1], key=lambda value: value)"
    eval(compile(text, "<nested>", "exec"))
    print("nested", flush=True)  # behind


def introduced():
    """Connects to an adapter that wants to know who comes."""
    dapstub.connect(int(sys.argv[2]), access_token="open sesame", parent_session_pid=4711)
    work()
    print("worked", flush=True)
    sys.stdin.readline()


def armed():
    """Dormant until the signal comes, which the program has a handler for."""
    signal.signal(signal.SIGUSR1, lambda *_: print("own handler", flush=True))
    logging.basicConfig(stream=sys.stdout, format="logged %(name)s %(message)s")
    import socket

    taken = socket.create_server(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    dapstub.arm({"host": "127.0.0.1", "port": port, "wait": True})
    attempt("elsewhere", in_a_thread, dapstub.arm)
    attempt("wrong", dapstub.arm, {"prot": 1})
    print("threads", threads_left(), flush=True)
    print("address", dapstub._dapstub.address(), flush=True)
    # The main thread waits for this one only, and is woken by the signals: no other thread takes them. (One that comes
    # between Python's last look and the waiting itself is noticed after the waiting.)
    telling = threading.Thread(target=tell, args=(taken,))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    telling.start()
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    while telling.is_alive():
        telling.join(0.5)


def threads_left():
    """How many threads there are, when the one that has just ended is gone for the system, too."""
    if not os.path.isdir("/proc/self/task"):
        return 1
    until = time.monotonic() + 10
    while len(os.listdir("/proc/self/task")) > 1 and time.monotonic() < until:
        time.sleep(0.01)
    return len(os.listdir("/proc/self/task"))


def tell(taken):
    for line in sys.stdin:
        if line == "free\n":
            taken.close()
            print("freed", flush=True)
        elif line == "address\n":
            print("address", dapstub._dapstub.address(), flush=True)
        elif line == "work\n":
            work()
            print("worked", flush=True)
        else:
            break


def in_a_thread(call):
    """What the call gives on another thread."""
    outcome = []

    def run():
        try:
            outcome.append(call())
        except Exception as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(outcome[0], Exception):
        raise outcome[0]
    return outcome[0]


def forever():
    """A program that knows nothing of a debugger."""
    print("started", flush=True)
    n = 0
    while n < 1_000_000:
        n += 1  # loop
        time.sleep(0.002)


globals()[sys.argv[1]]()
print("finished", flush=True)
