"""Ticks until it is told to stop: by a line, or by the end, of its standard input."""

import select
import sys


def tick(n):
    print("tick", n)  # tick


def told_to_stop():
    return bool(select.select([sys.stdin], [], [], 0.01)[0])


def main():
    n = 0
    print("started")
    while not told_to_stop():
        n += 1  # loop
        tick(n)
    print("stopped after", n > 0)


main()
