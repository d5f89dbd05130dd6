"""Threads that run one function together, that start others, and that come and go."""

import threading
from concurrent.futures import ThreadPoolExecutor

lock = threading.Lock()
total = 0


def count(turns):
    global total
    for _ in range(turns):  # times 408
        with lock:
            total += 1  # times 400
    local = 0  # times 8
    while local < turns:  # times 408
        local += 1  # times 400


def generate(turns):
    for n in range(turns):  # times 168
        yield n  # times 160


def consume(turns):
    return sum(n for n in generate(turns))


def brief(n):
    return n * n  # times 60


def parent(depth):
    if depth:  # times 4
        child = threading.Thread(target=parent, args=(depth - 1,))  # times 3
        child.start()  # times 3
        child.join()  # times 3


together = [threading.Thread(target=count, args=(50,)) for _ in range(8)]
together += [threading.Thread(target=consume, args=(20,)) for _ in range(8)]
for thread in together:  # times 17
    thread.start()  # times 16
for thread in together:
    thread.join()  # times 16
for n in range(30):  # times 31
    thread = threading.Thread(target=brief, args=(n,))  # times 30
    thread.start()  # times 30
    thread.join()  # times 30
with ThreadPoolExecutor(4) as pool:
    squares = list(pool.map(brief, range(30)))
parent(3)
print(total, sum(squares))
