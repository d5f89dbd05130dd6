"""Tasks in every state, in one or two threads with loops, and a main thread without one."""

import asyncio
import sys
import threading


class Special(asyncio.Task):
    pass


async def inner(n):
    note = f"inner {n}"
    await asyncio.sleep(3600)  # inner


async def waiting(n):
    await inner(n)  # waiting


async def gathering(*tasks):
    await asyncio.gather(*tasks)  # gathering


async def cancelled():
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        await asyncio.sleep(3600)  # cancelled


async def started(event):
    event.set()
    await asyncio.sleep(0)


async def main(ready):
    loop = asyncio.get_running_loop()
    first = asyncio.create_task(waiting(1), name="first")
    special = Special(waiting(2), loop=loop, name="special")
    python = asyncio.tasks._PyTask(waiting(3), loop=loop, name="python")
    several = asyncio.create_task(gathering(first, special), name="several")
    doomed = asyncio.create_task(cancelled(), name="doomed")
    done = asyncio.create_task(asyncio.sleep(0), name="done")
    await asyncio.sleep(0.01)
    doomed.cancel()
    await asyncio.sleep(0.01)
    fresh = asyncio.create_task(waiting(4), name="fresh")
    here = "running"  # main
    await asyncio.sleep(0)
    ready()
    stop = asyncio.Event()
    threads.append((loop, stop))
    try:
        await stop.wait()  # idle
    finally:
        for task in (first, special, python, several, doomed, fresh):
            task.cancel()


threads = []


def in_threads():
    both = threading.Semaphore(0)
    for n in (1, 2):
        threading.Thread(target=asyncio.run, args=(main(both.release),), name=f"loop {n}").start()
    both.acquire()
    both.acquire()
    print("ready", flush=True)
    here = "without a loop"  # outside
    end()


def end():
    for loop, stop in threads:
        loop.call_soon_threadsafe(stop.set)


async def alone():
    def ready():
        threading.Thread(target=listen, name="listener", daemon=True).start()
        # When the task that runs now waits.
        asyncio.get_running_loop().call_later(0.01, lambda: print("ready", flush=True))

    def listen():
        sys.stdin.readline()
        end()

    await main(ready)


def busy():
    moved = 0
    while threads is not None:
        moved += 1


if sys.argv[1] == "busy":
    threading.Thread(target=busy, name="busy", daemon=True).start()
    asyncio.run(alone())
    threads = None
elif sys.argv[1] == "threads":
    in_threads()
elif sys.argv[1] == "frozen":
    import gc

    async def frozen():
        task = asyncio.create_task(waiting(1), name="frozen")
        await asyncio.sleep(0.01)
        gc.freeze()
        await asyncio.sleep(0.01)  # frozen
        gc.unfreeze()
        task.cancel()

    asyncio.run(frozen())
elif sys.argv[1] == "none":
    here = "no loop"  # none
elif sys.argv[1] == "uvloop":
    import uvloop

    uvloop.run(alone())
else:
    asyncio.run(alone())
