"""Integers everywhere."""


def shown():
    a = 100
    b = [1, 10, 100]
    c = {10: 10, -255: 2**70}
    d = {(1, 10): {16}}
    e = True
    s = "16"
    print(a, b, c, d, e, s)  # here


shown()
