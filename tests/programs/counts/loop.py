"""One frame, many lines: loops of every form."""


def loop(turns):
    total = 0  # times 1
    for n in range(turns):  # times 3001
        total = (total + n) & 0xFFFF  # times 3000
        total ^= 3  # times 3000
    return total


def branches(turns):
    a = b = c = 0
    for n in range(turns):  # times 301
        if n % 3 == 0:  # times 300
            a += 1  # times 100
        elif n % 3 == 1:  # times 200
            b += 1  # times 100
        else:
            c += 1  # times 100
            if c == 50:  # times 100
                continue  # times 1
            c += 0  # times 99
    return a, b, c


def while_else(limit):
    n = 0
    while n < 10:  # times 15
        n += 1  # times 14
        if n == limit:  # times 14
            break  # times 1
    else:
        return "whole"  # times 1
    return "broken"  # times 1


def for_else(names):
    for name in names:  # times 4
        if name == "c":  # times 3
            found = name  # times 1
            break  # times 1
    else:
        found = None  # times 1
    return found


def nested(size):
    found = []
    for x in range(size):  # times 6
        for y in range(x):  # times 15
            if (x + y) % 2:  # times 10
                found.append((x, y))  # times 6
    return found


def endless():
    n = 0
    while True:
        n += 1  # times 5
        if n > 4:  # times 5
            return n  # times 1


def tight(turns):
    total = 0
    for n in range(turns): total += n  # on one line
    while total > 0: total -= 100  # on one line too
    return total


def doubled(values):
    while values and (last := values.pop()):  # times 4
        print("walrus", last)  # times 3
    return [half for value in range(6) if (half := value // 2)]  # walrus in a comprehension


print(loop(3000), branches(300), while_else(4), while_else(99), for_else("ac"), for_else("b"))
print(nested(5), endless(), tight(50), doubled([0, 1, 2, 3]))
