"""Writes to its standard streams, as the first argument says."""

import sys


def lines():
    print("one", 1)
    print("no end yet", end="")
    print("to the other side", file=sys.stderr)
    print("; ended")
    print("prompt> ", end="", flush=True)
    sys.stdout.write("ä\n")
    print("stopping")  # stop
    print("own", "write" in vars(sys.stdout), "write" in vars(sys.stderr))


def bytes_too():
    sys.stdout.buffer.write("é à\n".encode())
    sys.stdout.flush()
    print("text")
    sys.stderr.buffer.write(b"other bytes\n")
    print("stopping")  # stop_bytes
    print("own", "write" in vars(sys.stdout.buffer))


def waits():
    for word in sys.stdin:
        print("own", "write" in vars(sys.stdout), word.strip())


def flood():
    line = "x" * 100_000
    for n in range(400):
        print(line)
    print("flooded")


def own():
    kept = []
    theirs = sys.stdout.write

    def write(text):
        kept.append(text)
        return theirs(text)

    sys.stdout.write = write
    print("before")
    print("kept", len(kept))  # own
    print("still", sys.stdout.write is write)


def none():
    sys.stdout = sys.stderr = None
    value = 1  # none
    sys.exit(value - 1)


def forks():
    import os

    for n in range(20):
        child = os.fork()
        if not child:
            print("in the child", n, flush=True)
            os._exit(0)
        os.waitpid(child, 0)
    print("parent")


globals()[sys.argv[1]]()
