"""The program of the transcripts: names and line numbers are those that the recordings speak of."""
import os
import select
import subprocess
import sys
import threading
import time
sys.path.insert(0, os.environ["DAPSTUB_STAGED"])
import dapstub as debugpy


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y


def square(n):
    return n * n


def compute(n, label):
    """Sums squares."""
    total = 0
    items = []
    for i in range(n):
        items.append(square(i))
        total += items[-1]
    point = Point(total, len(label))
    return total, point


def risky(x):
    return 10 / x  # RAISE


def guarded():
    try:
        return risky(0)
    except ZeroDivisionError:
        return None


def named(tag):
    return tag.upper()


print("listening", debugpy.listen(("127.0.0.1", 0))[1], flush=True)
if "wait" in sys.argv:
    debugpy.wait_for_client()


def tick(k):
    data = {"k": k, "list": [1, 2, 3], "nested": {"a": (1, 2)}, "text": "café"}
    value = compute(4, "tick")
    named("t")
    print("tick", k)
    return value


def worker(stop):
    stop.wait()


def main():
    k, guard, end = 0, "guard" in sys.argv, time.time() + 600
    stop = threading.Event()
    t = threading.Thread(target=worker, args=(stop,), name="worker", daemon=True)
    t.start()
    while time.time() < end and not select.select([sys.stdin], [], [], 0)[0]:
        time.sleep(0.02)
        k, tick.seen = k + 1, debugpy.is_client_connected()
        tick(k)
        if tick.seen and "breakpoint" in sys.argv:
            debugpy.breakpoint()
        if guard:
            guarded()
    if "uncaught" not in sys.argv:
        stop.set()
        t.join()
    if "child" in sys.argv:
        subprocess.run([sys.executable, "-c", "print('child')"], check=True)
    if "uncaught" in sys.argv:
        risky(0)


main()
