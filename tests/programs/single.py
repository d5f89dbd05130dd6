"""Threads that go on at their own pace, for tests that let single ones run. `single.py HOW`."""

import os
import queue
import random
import signal
import sys
import threading
import time

how = sys.argv[1]
over = at_lock = False
lock = threading.Lock()
requests = queue.Queue()
meeting = threading.Barrier(2 if how == "talks" else 1)


def counts():
    n = 0
    while not over:
        n += 1  # counted
        time.sleep(0.001)


def counts_hard():
    n = 0
    while not over: n += 1  # fmt: skip


def asks():
    while not over:
        try:
            requests.get(timeout=0.001)
        except queue.Empty:
            continue


def says(name):
    n = 0
    met = False
    while not over:
        n += 1
        sys.stdout.write(f"{name} {n}\n")  # says
        if n == 2:
            meeting.wait()
        elif n == 3:
            met = True  # met
        time.sleep(0.01)
    return met


def begin(*functions):
    threads = [threading.Thread(target=function, name=function.__name__) for function in functions]
    for thread in threads:
        thread.start()
    return threads


def a():
    says("a")


def b():
    says("b")


def steps():
    global over
    threads = begin(counts, counts_hard, asks)
    time.sleep(0.02)
    first = 1  # first
    time.sleep(0.05)  # sleeps
    requests.put(first)  # puts
    third = first + 2  # third
    fourth = inner(third)  # fourth
    print("stepped", fourth)  # fifth
    over = True
    for thread in threads:
        thread.join()
    print("joined")


def inner(value):
    half = value / 2  # inner
    return half + value  # inner end


def talks():
    global over
    threads = begin(a, b)
    sys.stdin.readline()
    over = True
    for thread in threads:
        thread.join()
    print("joined")


def holds_lock():
    with lock:
        while not at_lock:
            time.sleep(0.001)
        print("leaves")


def waits_for_lock():
    global at_lock
    ready = True  # ready
    at_lock = ready  # next
    with lock:  # at lock
        print("entered", ready)  # entered


def locks():
    holder = begin(holds_lock)[0]
    while not lock.locked():
        time.sleep(0.001)
    begin(waits_for_lock)[0].join()
    holder.join()
    print("unlocked")


def new():
    global over
    old = begin(counts)[0]
    at = 1  # begins
    thread = threading.Thread(target=says_once, args=(at,), name="new")
    thread.start()
    thread.join()
    print("new one ended")  # ended
    over = True
    old.join()


def says_once(text):
    print("new one runs", text)


def handled():
    """Ends by a signal, whose handler raises in the main thread."""

    def leave(number, frame):
        sys.exit(7)

    signal.signal(signal.SIGTERM, leave)
    threads = begin(a)
    try:
        while True:
            time.sleep(0.001)  # main waits
    except BaseException as error:
        end_by(error, threads)


def handled_in_join():
    """The same, while the main thread waits in native code."""

    def leave(number, frame):
        sys.exit(7)

    signal.signal(signal.SIGTERM, leave)
    threads = begin(a)
    try:
        threads[0].join()
    except BaseException as error:
        end_by(error, threads)


def end_by(error, threads):
    global over
    over = True
    print("ends by", type(error).__name__)
    threads[0].join()
    sys.exit(7)


def daemons():
    for name in ["c", "d"]:
        threading.Thread(target=says, args=(name,), name=name, daemon=True).start()
    threading.Thread(target=counts_hard, name="counts_hard", daemon=True).start()
    time.sleep(0.02)
    last = "last"  # last
    print(last)


def forks():
    threads = begin(counts, a)
    time.sleep(0.01)
    before = os.getpid()  # forks
    child = os.fork()
    if child == 0:
        os._exit(0 if os.getppid() == before else 1)
    status = os.waitpid(child, 0)[1]
    print("child ended with", status)  # forked
    global over
    over = True
    for thread in threads:
        thread.join()
    print("joined")


def fails():
    raise ValueError("held with it")  # raises


def fails_beside():
    thread = begin(a)[0]
    try:
        fails()
    except ValueError:
        caught = True  # caught
    print("caught", caught)
    global over
    over = True
    thread.join()


def crowd():
    """Threads that meet, wait for each other and call, until each has done its rounds and a line is read."""
    names = [f"one-{n}" for n in range(32)]
    threads = [threading.Thread(target=rounds, args=(name,), name=name) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.stdin.readline()
    print("rounds", sum(done.values()))


done = {}


def rounds(name):
    dice = random.Random(name)
    for n in range(40):
        value = turn(dice, n)  # round
        with lock:
            done[name] = n + 1
        if value % 3 == 0:
            requests.put(value)
        elif value % 3 == 1:
            try:
                requests.get(timeout=0.001)
            except queue.Empty:
                pass
        else:
            time.sleep(0.001)


def turn(dice, n):
    total = n
    for _ in range(dice.randrange(20)):
        total += dice.randrange(10)
    return total  # turned


try:
    globals()[how]()
finally:
    over = True
