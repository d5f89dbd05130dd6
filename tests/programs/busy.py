"""Counts as fast as it can, and never lets go by itself, until a flag is set from outside."""

import sys
import threading

go_on = True


def listen():
    sys.stdin.readline()
    global go_on
    go_on = False


threading.Thread(target=listen, daemon=True).start()


def count():
    n = 0
    print("counting")
    while go_on:  # busy
        n += 1  # busy
    return n


print("counted", count())
