"""Lines to be sent to, and lines with several calls."""


def one(n=0):
    return n + 1  # one


def two(n=0):
    return n + 2  # two


def apply(function, n):
    return function(n)  # apply


def forth():
    value = 1  # first
    value = value + 10  # second
    value = value + 100  # third
    for n in range(2):
        value += 1  # loop
    return value  # last


def nested():
    a = one(two(one()))  # nested
    b = (
        one(
            1
        )
        + two()  # lines
    )
    c = apply(two, len("abc"))  # through
    d = a < 0 and one()  # either
    e = sorted([3, 1], key=one)  # sorting
    return a, b, c, d, e


print("forth", forth())  # main
print("nested", nested())  # main-nested
