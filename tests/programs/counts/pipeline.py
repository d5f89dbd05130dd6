"""Generators: consumed, closed, thrown into, delegated to, sent to."""


def source(count):
    for n in range(count):  # times 302
        yield n  # times 301


def keep(items):
    for item in items:  # times 301
        if item % 3:  # times 300
            yield item  # times 200


def scale(items, by):
    for item in items:  # times 201
        yield item * by  # times 200


def pipeline(count):
    return sum(n & 15 for n in scale(keep(source(count)), 7))  # a generator expression at the end


def echo():
    received = None  # times 1
    while True:
        received = yield received  # times 4
        if received is None:  # times 3
            return "done"  # times 0


def inner(count):
    for n in range(count):  # times 8
        got = yield n  # times 6
        if got:  # times 6
            print("got", got)  # times 1
    return count  # times 2


def outer():
    first = yield from inner(2)  # delegates, resumed by next and by send
    second = yield from inner(4)  # delegates again
    return first + second  # times 1


def thrown():
    while True:
        try:
            yield "waiting"  # times 3
        except ValueError:  # times 3
            print("thrown into")  # times 2
        finally:
            print("round")  # times 3


def closed():
    try:
        yield 1  # times 1
        yield 2  # times 0
    finally:
        print("closed early")  # times 1


def drive():
    machine = echo()
    next(machine)  # times 1
    print([machine.send(n) for n in (1, 2, 3)])
    machine.close()  # times 1

    delegating = outer()
    seen = [next(delegating)]
    try:
        while True:
            seen.append(delegating.send("x" if len(seen) == 3 else None))  # times 6
    except StopIteration as stop:  # times 1
        seen.append(stop.value)  # times 1

    patient = thrown()
    next(patient)
    for _ in range(2):  # times 3
        patient.throw(ValueError)  # times 2
    patient.close()

    early = closed()
    next(early)
    early.close()

    left_alone = source(5)
    next(left_alone)
    del left_alone
    return seen


print(pipeline(300), drive())
