"""Calls of every kind, for what they return."""

import asyncio


class Point:
    def __init__(self, x):
        self.x = x

    def doubled(self):
        return Point(self.x * 2)

    def __add__(self, other):
        return Point(self.x + other.x)


def add(a, b):
    total = a + b  # add
    return total  # add-return


def nested(n):
    return add(n, add(1, 2))


def busy(n):
    total = 0
    for i in range(n):
        total += one(i)
    return total


def one(i):
    return 1


async def later(text):
    await asyncio.sleep(0.001)
    return text * 2


async def waits():
    first = await later("ab")  # await
    return first  # awaited


def calls():
    point = Point(3)  # start
    add(1, 2)  # add-call
    point.doubled()  # method
    point + point  # operator
    (lambda: "anonymous")()  # lambda
    list(n for n in [1, 2])  # generator
    nested(5)  # nested
    busy(30_000)  # busy
    one(1)  # again
    add("x", "y")  # last
    del point  # done
    print("calls done")  # end


calls()
asyncio.run(waits())
print("over")  # over
