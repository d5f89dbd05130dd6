"""Threads, tasks and exceptions, for as long as standard input says nothing else; reports what it costs.

`report` on standard input is answered by a line of JSON; `end`, or the end of standard input, ends the program.
"""

import asyncio
import collections
import gc
import json
import select
import sys
import threading
import time

over = False
rounds = collections.Counter()
spare = {"changes": 0}


class Trouble(Exception):
    pass


class Record:
    def __init__(self, n):
        self.n = n
        self.items = list(range(n % 50))
        self.table = {str(key): [key] for key in range(n % 7)}

    @property
    def broken(self):
        raise Trouble("no such luck")

    def __repr__(self):
        if self.n % 13 == 0:
            raise Trouble(self.n)
        return f"Record({self.n})"


def slow(seconds):
    time.sleep(seconds)
    return seconds


def side_effect():
    spare["changes"] += 1
    return spare["changes"]


def fails(n):
    if n % 3 == 0:
        raise Trouble(n)
    return n


def work(n):
    record = Record(n)
    total = 0
    for item in record.items:
        total += item
    try:
        total += fails(n)
    except Trouble as trouble:
        total -= len(trouble.args)
    finally:
        record = None
    return total


def generate(n):
    for item in range(n):
        yield item


def busy(name):
    n = 0
    while not over:
        n = (n + 1) % 1000
        work(n)
        sum(generate(n % 10))
        rounds[name] += 1
        time.sleep(0.001)


def waiting(lock):
    while not over:
        with lock:
            rounds["waiting"] += 1
        time.sleep(0.002)


def brief(n):
    return work(n)


def starting():
    n = 0
    while not over:
        n += 1
        thread = threading.Thread(target=brief, args=(n % 100,))
        thread.start()
        thread.join()
        rounds["starting"] += 1
        time.sleep(0.003)


async def hop(n):
    await asyncio.sleep(0)
    return fails(n)


async def ticks(n):
    for item in range(n):
        yield item
        await asyncio.sleep(0)


async def juggle():
    n = 0
    while not over:
        n = (n + 1) % 1000
        await asyncio.gather(*(hop(n + k) for k in range(3)), return_exceptions=True)
        async for item in ticks(3):
            n += item
        rounds["tasks"] += 1
        await asyncio.sleep(0.002)


def status(field):
    with open("/proc/self/status") as lines:
        return next((int(line.split()[1]) for line in lines if line.startswith(field)), 0)


def report():
    gc.collect()
    held = [work.__code__, Record, rounds, spare, fails, threading.Thread, asyncio]
    found = {
        "blocks": sys.getallocatedblocks(),
        "objects": len(gc.get_objects()),
        "references": sum(sys.getrefcount(item) for item in held),
        "rss": status("VmRSS"),
        "rounds": sum(rounds.values()),
    }
    print("report", json.dumps(found))


def main():
    global over
    lock = threading.Lock()
    threads = [threading.Thread(target=busy, args=(f"busy-{n}",), name=f"busy-{n}") for n in range(3)]
    threads += [threading.Thread(target=waiting, args=(lock,), name=f"waiting-{n}") for n in range(2)]
    threads.append(threading.Thread(target=starting, name="starting"))
    threads.append(threading.Thread(target=lambda: asyncio.run(juggle()), name="tasks"))
    for thread in threads:
        thread.start()
    n = 0
    while True:
        n += 1
        if select.select([sys.stdin], [], [], 0.01)[0]:
            line = sys.stdin.readline()
            if line == "report\n":
                report()
            else:
                break
        work(n % 500)
    over = True
    for thread in threads:
        thread.join()
    print("over")


main()
