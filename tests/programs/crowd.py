"""Very many threads: coming and going, or asleep and waiting in C code. `crowd.py HOW COUNT`."""

import os
import select
import socket
import sys
import threading
import time

how, count = sys.argv[1], int(sys.argv[2])
seen = set()
lock = threading.Lock()


def brief(number):
    squared = number * number  # brief
    with lock:
        seen.add(squared)


def spawns(numbers):
    for number in numbers:
        thread = threading.Thread(target=brief, args=(number,), name=f"brief-{number}")
        thread.start()
        if number % 3:
            thread.join()


def coming_and_going():
    parents = [threading.Thread(target=spawns, args=(range(n, count, 5),)) for n in range(5)]
    for parent in parents:
        parent.start()
    for parent in parents:
        parent.join()
    while len(seen) < count:
        time.sleep(0.001)
    print("seen", len(seen))


def sleeping():
    """Each waits in another way, and none would wake within the hour."""
    never, held = threading.Event(), threading.Lock()
    held.acquire()
    reading, writing = os.pipe()
    near, far = socket.socketpair()
    ways = [
        lambda: never.wait(3600),
        lambda: held.acquire(timeout=3600),
        lambda: os.read(reading, 1),
        lambda: near.recv(1),
        lambda: select.select([reading], [], [], 3600),
    ]
    for number in range(count):
        way = ways[number % len(ways)]
        threading.Thread(target=way, name=f"asleep-{number}", daemon=True).start()
    print("asleep")
    sys.stdin.readline()
    print("awake")
    os._exit(0)


coming_and_going() if how == "brief" else sleeping()
