"""Values of every kind, to be looked at and changed."""

import collections
import enum

LIMIT = 10


class Point:
    kind = "plane"

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __repr__(self):
        return f"Point({self.x}, {self.y})"


class Slotted:
    __slots__ = ("left", "right")

    def __init__(self):
        self.left = 1
        self.right = "r"


class Unrepresentable:
    def __repr__(self):
        raise RuntimeError("no words for it")


class Colour(enum.Enum):
    RED = 1


Pair = collections.namedtuple("Pair", "first second")


def look(number, text="café", *rest, **options):
    items = list(range(1000))
    table = {f"key{n}": n * n for n in range(300)}
    odd_keys = {1: "one", (2, 3): "pair", None: "nothing", "say \"hi\"": "quoted"}
    unique = {7, 8, 9}
    fixed = ("a", ["b", {"c": 1}])
    point = Point(3, 4)
    slotted = Slotted()
    shy = Unrepresentable()
    pair = Pair(5, 6)
    colour = Colour.RED
    nothing = None
    floating = 1.5
    raw = b"\x00\xff"
    huge = "x" * 1_000_000
    many = list(range(100_000))
    circle = []
    circle.append(circle)
    own_name = "shadow"
    total = number + LIMIT  # look
    print("total", total)  # after
    print("number", number, "items", len(items), "point", point, "text", text)
    return total


def deep(n):
    if n:
        return deep(n - 1)  # deeper
    return 0  # bottom


def closure():
    captured = 11

    def inner():
        return captured + 1  # inner

    return inner()


look(32, "tee", 1, 2, flag=True)  # main
deep(49)
closure()
print("LIMIT", LIMIT)  # end
