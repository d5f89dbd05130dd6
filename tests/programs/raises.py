"""Exceptions that are raised, passed on and caught, as the first argument says."""

import shutil
import sys
import threading
from concurrent.futures import ThreadPoolExecutor


def low(text):
    secret = text * 2
    raise ValueError(text)  # raise


def middle(text):
    try:
        low(text)  # middle
    finally:
        print("leaving the middle")  # finally


class Manager:
    def __enter__(self):
        return self

    def __exit__(self, *details):
        return False


def high(text):
    with Manager():
        middle(text)  # high


def caught():
    for text in ["one", "two"]:
        try:
            high(text)
        except ValueError as error:
            print("caught", error)
    print("all caught")


def builtin():
    try:
        {}["missing"]  # key
    except KeyError:
        pass
    try:
        int("no number")  # int
    except ValueError:
        pass
    return 1


def silent():
    """Iteration that ends is no raise, and neither is a default that stands in for a missing attribute."""

    def numbers():
        yield 1
        yield 2

    total = sum(n for n in numbers())
    for n in iter([1, 2]):
        total += n
    total += getattr(object(), "missing", 3)
    first = next(iter([]), 4)
    print("silent", total + first)


def uncaught():
    high("nobody catches this")  # uncaught


def uncaught_in_thread():
    thread = threading.Thread(target=high, args=("in a thread",), name="unlucky")
    thread.start()
    thread.join()
    print("main goes on")


def leaves():
    sys.exit(0)


def fails():
    sys.exit(3)


def through_library():
    """The callback raises, and library code catches it."""

    def callback(n):
        try:
            low("caught at home")
        except ValueError:
            pass
        low("left home")  # leaves-home

    with ThreadPoolExecutor(1) as pool:
        error = pool.submit(callback, 1).exception()
    print("library caught", error)


def chained():
    """Three exceptions, each because of the one before, in both ways."""
    try:
        try:
            low("first")  # first
        except ValueError as error:
            raise KeyError("second") from error  # second
    except KeyError:
        raise RuntimeError("third")  # third


def circular():
    first, second = KeyError("first"), KeyError("round")
    first.__cause__, second.__cause__ = second, first
    raise second


def many():
    """Ten behind one another."""
    error = None
    for n in range(11):
        after = KeyError(n)
        after.__cause__, error = error, after
    raise error


def deep():
    """Because of something that came through more frames than anybody wants to see."""
    sys.setrecursionlimit(5000)
    try:
        recursing(2500)
    except ValueError as error:
        raise LookupError("after all") from error


def suppressed():
    try:
        low("never told")
    except ValueError:
        raise RuntimeError("alone") from None  # alone


def group():
    raise ExceptionGroup("several", [ValueError("one"), TypeError("two")])  # group


def of_a_library():
    raise shutil.Error("torn")  # of-a-library


def recursing(n=60):
    if n:
        recursing(n - 1)
    else:
        low("deep")


def noted():
    error = ValueError("with a note")
    error.add_note("look here")
    raise error  # noted


globals()[sys.argv[1]]()  # start
