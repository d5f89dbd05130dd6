"""The program that `instructions.py` counts: `program.py WORK UNITS [PORT]`. With a port it waits for a client."""

import sys
from collections.abc import Iterator


def never_called(value: int) -> int:
    return value + 1  # MARK cold


def fib(n: int) -> int:
    if n < 2:  # HOT calls: n == -1
        return n
    return fib(n - 1) + fib(n - 2)


def calls(units: int) -> None:
    """A unit is a call: `fib(13)` makes 753 of them."""
    for _ in range(units // 753):
        fib(13)


def loop(units: int) -> None:
    """A unit is a turn of the loop, of three lines."""
    total = 0
    for i in range(units):
        total = (total + i) & 0xFFFF  # HOT loop: i == -1
        total ^= 3


def numbers(count: int) -> Iterator[int]:
    for number in range(count):
        yield number + 1  # HOT pipeline: number == -1


def pipeline(units: int) -> None:
    """A unit is an item that a generator gives."""
    for _ in numbers(units):
        pass


def main() -> None:
    work, units = {"calls": calls, "loop": loop, "pipeline": pipeline}[sys.argv[1]], int(sys.argv[2])
    if len(sys.argv) > 3:
        import dapstub

        dapstub.listen(("127.0.0.1", int(sys.argv[3])))
        dapstub.wait_for_client()
    work(units)


main()
