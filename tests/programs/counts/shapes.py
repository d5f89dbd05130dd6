"""Code in every form: several functions on a line, closures, match, with, calls over lines, functions made anew."""

import contextlib


def closures():
    total = 0

    def add(n):
        nonlocal total

        def really():
            nonlocal total
            total += n  # times 3

        really()  # times 3
        return total  # times 3

    return [add(n) for n in range(3)]


def made_in_a_loop():
    made = []
    for factor in range(4):  # times 5

        def scaled(n, factor=factor):  # a def that runs in every round
            return n * factor  # times 4

        made.append(scaled)  # times 4
    return [function(10) for function in made]


pair = (lambda: "a"), (lambda: "b")  # two lambdas on a line
double = lambda n: n * 2  # times 5
def short(n): return n + 1  # a def with its body
class Small: value = 3; other = 4  # a class with its body


def redefined():
    return 1  # times 1


first = redefined()


def redefined():
    return 2  # times 2


def matched(subject):
    match subject:
        case 0:
            return "zero"  # times 1
        case [x, y]:
            return f"pair {x} {y}"  # times 1
        case {"key": value, **rest}:
            return f"mapping {value} {rest}"  # times 1
        case str() as text if len(text) > 2:
            return text  # times 1
        case int(n) | float(n):
            return n  # times 2
        case _:
            return "other"  # times 1


@contextlib.contextmanager
def managed(log):
    log.append("in")  # times 4
    try:
        yield len(log)  # times 4
    finally:
        log.append("out")  # times 4


def withs():
    log = []
    with managed(log):
        log.append("body")  # times 1
    with managed(log) as a, managed(log) as b:
        log.append((a, b))  # times 1
    with contextlib.suppress(KeyError):
        with managed(log):
            raise KeyError  # times 1
    return len(log)  # times 1


def conditional(flag):
    value = (
        "yes"  # times 1 (3.11: 2)
        if flag  # times 2
        else "no"  # times 1
    )
    return value


def called_over_lines():
    return matched(
        matched(
            1,
        ),
    )


def chained(n):
    return (
        n > 1  # times 5
        and n > 2  # times 2
        and n > 3  # times 1
    )


def comprehensions():
    listed = [
        n * n  # the element of a list
        for n in range(4)
        if n % 2 == 0  # the condition of a list
    ]
    mapped = {
        n: -n  # the entry of a dict
        for n in listed
    }
    unique = {
        n % 2  # the element of a set
        for n in mapped
    }
    lazy = (
        n + 1  # the element of a generator
        for n in unique
    )
    return sum(lazy) + sum(
        x * y  # the innermost of two loops
        for x in range(3)
        for y in range(x)
    )


def starred(*args, **named):
    return len(args) + len(named)  # times 2


def unpacked():
    a, *rest = 1, 2, 3; b, c = rest  # two statements on a line
    return starred(*rest, **{"a": a}) + starred(b, c)


def early(n):
    if n: return "early"  # a branch on one line
    return "late"  # times 1


def shares_code():
    functions = []
    for _ in range(3):
        functions.append(lambda: "shared")  # one code object, three functions
    return [function() for function in functions]


def deletes():
    values = {"a": 1}
    del values["a"]  # times 1
    global spare
    spare = 1  # times 1
    del spare  # times 1
    return values


print(closures(), made_in_a_loop(), pair[0]() + pair[1](), [double(n) for n in range(4)], short(1), Small.other)
print(first, redefined(), redefined(), [matched(s) for s in (0, [1, 2], {"key": 1}, "text", None)], withs())
print(conditional(True), conditional(False), called_over_lines(), [chained(n) for n in (1, 2, 3)], comprehensions())
print(unpacked(), early(True), early(False), shares_code(), deletes())
