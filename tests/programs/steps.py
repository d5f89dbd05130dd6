"""Ways through code, one function for each, chosen by the first argument."""

import asyncio
import functools
import json
import sys
import threading


def add(a, b):
    return a + b  # add


def calls():
    x = 1  # c1
    y = add(x, 2)  # c2
    z = add(y, add(x, 1))  # c3
    return z  # c4


def branches():
    total = 0  # b1
    for n in range(2):  # b2
        if n:  # b3
            total += 10  # b4
        else:
            total += 1  # b5
    while total > 11:  # b6
        total = 0
    return total  # b7


def numbers():
    yield 1  # g1
    yield 2  # g2


def generators():
    total = 0  # h1
    for n in numbers():  # h2
        total += n  # h3
    return total  # h4


async def fetch(n):
    await asyncio.sleep(0.001)  # a1
    return n * 2  # a2


async def fetching():
    first = await fetch(1)  # f1
    second = await fetch(2)  # f2
    return first + second  # f3


def coroutines():
    asyncio.run(fetching())
    return 1  # r1


def comprehensions():
    squares = [add(n, n) for n in range(3)]  # l1
    table = {n: add(n, n) for n in squares}  # l2
    total = sum(add(n, n) for n in table)  # l3
    return total  # l4


def fails():
    raise KeyError("on purpose")  # e0


def exceptions():
    value = 0  # e1
    try:
        fails()  # e2
        value = 1
    except KeyError:  # e3
        value = 2  # e4
    finally:
        value += 10  # e5
    return value  # e6


def passes_on():
    x = 1  # p1
    fails()  # p2
    return x


def caught_above():
    try:
        passes_on()  # q1
    except KeyError as error:  # q2
        caught = error  # q3
    return caught  # q4


class Manager:
    def __enter__(self):
        return 5  # enter

    def __exit__(self, *details):
        return False  # exit


def contexts():
    x = 0  # w1
    with Manager() as value:  # w2
        x += value  # w3
    return x  # w4


def factorial(n):
    if n <= 1:
        return 1
    inner = factorial(n - 1)  # r-call
    return n * inner  # r-return


def recursion():
    return factorial(4)


def breaks_inside():
    y = add(1, 2)  # i1
    return y  # i2


def called_back(value):
    return str(value)  # called-back


def library():
    a = json.dumps({"a": 1})  # j1
    b = json.dumps({"b": {2}}, default=called_back)  # j2
    c = functools.reduce(add, [1, 2])  # j3
    return a + b + str(c)  # j4


def in_thread():
    x = 1  # t1
    x += 1  # t2


def thread_end():
    thread = threading.Thread(target=in_thread, name="short")
    thread.start()
    thread.join()
    return 0


ready, stop = threading.Event(), threading.Event()


def busy():
    n = 0
    ready.set()
    while not stop.is_set():
        n = add(n, 1)  # busy


def several():
    thread = threading.Thread(target=busy, name="busy")
    thread.start()
    ready.wait()
    x = 1  # s1
    x = add(x, 1)  # s2
    x = add(x, 1)  # s3
    stop.set()  # s4
    thread.join()
    return x


def two_lines(): first = 1; second = 2; return first + second  # one-line


def same_line():
    a = two_lines(); b = two_lines()  # o1
    return a + b  # o2


scenario = globals()[sys.argv[1]]
result = scenario()  # dispatch
print("result", result)  # done
