"""Recursion and many small calls."""


def fib(n):
    if n < 2:  # times 1958
        return n  # times 986
    return fib(n - 1) + fib(n - 2)  # times 972


def calls(rounds):
    total = 0  # times 1
    for size in range(rounds):  # times 15
        total += fib(size)  # times 14
    return total  # times 1


def even(n):
    return n == 0 or odd(n - 1)  # times 26 (3.12: 51)


def odd(n):
    return n != 0 and even(n - 1)  # times 25 (3.12: 50)


def countdown(n, *more, step=1, **named):
    if n <= 0:  # times 41
        return 0  # times 1
    return 1 + countdown(  # times 200: again after each argument
        n - step,  # times 40
        *more,  # times 40
        step=step,  # times 40
        **named,  # times 40
    )


print(calls(14), even(50), countdown(40, 1, 2, named=3))
