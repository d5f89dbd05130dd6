"""Evaluates each argument in many places, a few times, and tells what came out: `own PLACE TURN NUMBER OUTCOME`."""

import asyncio
import sys

shared = "of the module"
unset = "of the module, too"


class Item:
    value = 2

    @property
    def loud(self):
        raise RuntimeError("too loud")

    def __lt__(self, other):
        return []


def tell(place, turn, here):
    for number, text in enumerate(sys.argv[1:]):
        try:
            outcome = eval(text, {**globals(), **here})
        except Exception as error:
            outcome = f"<{type(error).__name__}: {error}>"
        print("own", place, turn, number, outcome)


def function(free):
    shared = "of the function"
    text = "two words"
    items = [3, 1, 2]
    item = Item()
    cell = 5

    def inner(n, m):
        place, turn = "inner", n
        nothing = (free, cell, item, items, text, shared)
        tell(place, turn, locals())  # inner-own
        nothing = None  # inner
        if n > 100:
            unset = n
            print(unset, nothing)

    for n in range(4):
        place, turn, m = "function", n, 2
        if n > 100:
            unset = n
            print(unset)
        tell(place, turn, locals())
        inner(n, m)  # function


def generator(free):
    shared, text, items, item, cell = "of the generator", "two", [0, 7], None, 1
    for n in range(4):
        place, turn, m = "generator", n, 3
        tell(place, turn, locals())
        yield shared, text, items, item, cell, m  # generator


async def coroutine(free):
    shared, text, items, item, cell = "of the coroutine", "", [], Item(), 0
    for n in range(4):
        place, turn, m = "coroutine", n, -1
        tell(place, turn, locals())
        await asyncio.sleep(0)  # coroutine
        del m
        place = "coroutine-without"
        tell(place, turn, locals())
        shared = shared  # coroutine-without


function("freely")
list(generator("free"))
asyncio.run(coroutine("free"))

for n in range(4):
    place, turn, m, free, text, items, item, cell = "module", n, 1, "so", "two", [2], Item(), 9
    tell(place, turn, globals())
    turn = n  # module


class Body:
    m, free, text, items, item, cell = 1, "so", "two", [2], Item(), 9
    shared = "of the class"
    for n in range(4):
        place, turn = "body", n
        tell(place, turn, locals())
        turn = n  # body
