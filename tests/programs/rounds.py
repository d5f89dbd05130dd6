"""Functions that never end while the program lives, each going ten rounds for every line on standard input."""

import asyncio
import sys
import threading

turns = {name: threading.Semaphore(0) for name in ("thread", "task")}
done = threading.Semaphore(0)
over = False


def in_thread():
    while True:
        turns["thread"].acquire()
        if over:
            return
        for _ in range(10):
            int()  # thread round
        done.release()


def generates():
    while True:
        yield None
        for n in range(10):
            yield n  # generator round


async def in_task():
    while True:
        await asyncio.to_thread(turns["task"].acquire)
        if over:
            return
        for _ in range(10):
            await asyncio.sleep(0)  # task round
        done.release()


thread = threading.Thread(target=in_thread)
loop = threading.Thread(target=lambda: asyncio.run(in_task()))
thread.start()
loop.start()
numbers = generates()
next(numbers)
print("ready")
while not over:
    over = sys.stdin.readline() != "go\n"
    for turn in turns.values():
        turn.release()
    if over:
        break
    for _ in range(10):
        int()  # main round
    for number in numbers:
        if number is None:
            break
    done.acquire()
    done.acquire()
    print("round over")
thread.join()
loop.join()
