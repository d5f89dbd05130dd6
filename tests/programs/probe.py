"""Ticks, and on request tells which hooks stand in the interpreter, how fast it is, or forks."""

import os
import select
import sys
import threading
import time


def hooks():
    """Every hook that a debugger might leave behind."""
    found = []
    if sys.gettrace() is not None:
        found.append("trace")
    if sys.getprofile() is not None:
        found.append("profile")
    if threading.gettrace() is not None:
        found.append("threading.trace")
    if threading.getprofile() is not None:
        found.append("threading.profile")
    if hasattr(sys, "monitoring"):
        found += [f"tool {n} {sys.monitoring.get_tool(n)}" for n in range(6) if sys.monitoring.get_tool(n)]
    return found


def work(n):
    return n + 1  # work


def speed():
    """The best of some short runs of calls and lines, in seconds."""

    def fibonacci(n):
        if n < 2:
            return n
        return fibonacci(n - 1) + fibonacci(n - 2)

    def once():
        begin = time.perf_counter()
        fibonacci(14)
        for n in range(2000):
            work(n)
        return time.perf_counter() - begin

    return min(once() for _ in range(7))


def main():
    n = 0
    print("started")
    while True:
        n = work(n)  # loop
        print("tick", n)
        if select.select([sys.stdin], [], [], 0.01)[0]:
            line = sys.stdin.readline().strip()
            if line == "hooks":
                print("hooks", hooks())
            elif line == "speed":
                print("speed", speed())
            elif line == "fork":
                child = os.fork()
                if not child:
                    for n in range(3):
                        n = work(n)
                    print("child worked", n, hooks())
                    os._exit(7)
                print("child ended with", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            else:
                break


main()
print("finished")
