"""Names, attributes and elements of every kind, to be assigned to while it is stopped."""

import array
import types

COUNT = 1


class Point:
    kind = "plane"

    def __init__(self, x):
        self.x = x
        self._doubled = 0

    @property
    def doubled(self):
        return self._doubled

    @doubled.setter
    def doubled(self, value):
        self._doubled = value * 2


class Slotted:
    __slots__ = ("left",)

    def __init__(self):
        self.left = 1


def outer():
    shared = 5

    def inner(number):
        nonlocal shared
        shared += 0
        items = [1, 2, 3]
        table = {"a": 1, 2: "two", ("t", 1): "tuple"}
        fixed = (1, 2)
        unique = {7}
        point = Point(3)
        slotted = Slotted()
        numbers = array.array("B", [1, 2])
        view = types.MappingProxyType({"k": 1})
        print("before", number)  # inner
        print("number", number)
        print("shared", shared)
        print("items", items)
        print("table", table)
        print("point", point.x, point._doubled, Point.kind)
        print("slotted", slotted.left)
        print("numbers", list(numbers))
        print("count", COUNT)
        return shared

    result = inner(1)  # call
    print("result", result, "outer", shared)  # after


class Body:
    member = 1
    twice = member * 2  # body
    print("twice", twice, member)


def generate():
    value = 1
    yield value
    print("value", value)  # generator
    yield value


outer()
list(generate())
label = "module"
print("label", label)  # module
