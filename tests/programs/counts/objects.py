"""Classes, properties, operators, descriptors, metaclasses, decorators."""

import functools


class Meta(type):
    def __new__(mcls, name, bases, names, **options):
        made = super().__new__(mcls, name, bases, names)  # times 2
        made.options = options  # times 2
        return made  # times 2


class Point(metaclass=Meta, kind="plane"):  # the class statement
    count = 0  # times 1

    def __init__(self, x, y):
        self._x = x  # times 123
        self._y = y  # times 123

    @property
    def x(self):
        return self._x  # times 600

    @x.setter
    def x(self, value):
        self._x = value & 1023  # times 120

    @property
    def y(self):
        return self._y  # times 243

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)  # times 120

    def __eq__(self, other):
        return self.x == other.x and self.y == other.y  # times 120

    def __getattr__(self, name):
        if name == "norm":  # times 1
            return self._x * self._x + self._y * self._y  # times 1
        raise AttributeError(name)  # times 0

    def __hash__(self):
        return 1  # times 0


class Counted(Point):
    made = [  # a class body with a comprehension
        n * n
        for n in range(3)  # times in a class body
    ]

    @staticmethod
    def fixed(value): return value  # on the line of its def

    @classmethod
    def build(cls):
        return cls(1, 2)  # times 1


def counting(function):
    calls = 0  # times 2

    @functools.wraps(function)
    def wrapper(*args):
        nonlocal calls  # no code
        calls += 1  # times 7
        return function(*args)  # times 7

    return wrapper  # times 2


def tagged(tag):
    def decorate(function):
        function.tag = tag  # times 2
        return function  # times 2

    return decorate  # times 2


@tagged("first")
@counting
def decorated(n):
    return n + 1  # times 4


@tagged("second")
@counting
def also(n):
    return decorated(n) * 2  # times 3


def objects(turns):
    total = 0
    step = Point(1, 2)
    for _ in range(turns):  # times 2
        here = Point(0, 0)
        for n in range(120):  # times 121
            here = here + step  # times 120
            here.x = here.x + n  # times 120
            if here == step:  # times 120
                total += 1
        total += here.norm & 7  # times 1
    return total


print(objects(1), decorated(1), [also(n) for n in range(3)])
print(Counted.made, Counted.fixed(3), Counted.build().y)
