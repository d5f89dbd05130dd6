"""Exceptions raised, passed through, caught, replaced; finally in every position."""


class Trouble(Exception):
    pass  # times 1


def risky(n):
    if n % 2:  # times 200
        raise Trouble(n)  # times 100
    return n  # times 100


def middle(n):
    try:
        return risky(n)  # times 200
    finally:
        n = None  # times 200


def errors(turns):
    total = 0
    for n in range(turns):  # times 201
        try:
            total += middle(n)  # times 200
        except Trouble as trouble:  # times 100
            total -= trouble.args[0]  # times 100
        else:
            total += 1  # times 100
        finally:
            total ^= 1  # times 200
    return total


def chooses(kind):
    try:
        if kind == 0:  # times 4
            raise KeyError(kind)  # times 1
        if kind == 1:  # times 3
            raise IndexError(kind)  # times 1
        if kind == 2:  # times 2
            raise ValueError(kind)  # times 1
    except KeyError:  # times 3
        return "key"  # times 1
    except (IndexError, TypeError):  # times 2
        return "index"  # times 1
    except ValueError as error:  # times 1
        return str(error)  # times 1
    return "none"  # times 1


def replaces():
    try:
        try:
            raise KeyError("first")  # times 1
        except KeyError as error:  # times 1
            raise RuntimeError("second") from error  # times 1
        finally:
            print("replacing")  # times 1
    except RuntimeError as error:  # times 1
        return type(error.__cause__).__name__  # times 1


def swallows():
    for n in range(3):  # times 4
        try:
            raise Trouble(n)  # times 3
        except Trouble:  # times 3
            continue  # times 3
        finally:
            n += 1  # times 3
    return n


def returns_in_finally():
    try:
        return 1 // 0  # times 1
    except ZeroDivisionError:  # times 1
        return "handler"  # times 1
    finally:
        print("finally")  # times 1


def grouped():
    try:
        raise ExceptionGroup("both", [ValueError(1), KeyError(2)])  # times 1
    except* ValueError as group:  # times 1
        seen = [len(group.exceptions)]  # times 1
    except* KeyError:  # times 1
        seen.append("key")  # times 1
    return seen  # times 1


def retried():
    failures = 0
    while True:
        try:
            if failures < 3:  # times 4
                raise Trouble(failures)  # times 3
            break  # times 1
        except Trouble:  # times 3
            failures += 1  # times 3
    return failures  # times 1


def deep(n):
    if n == 0:  # times 21
        raise Trouble("deep")  # times 1
    deep(n - 1)  # times 20
    return n  # times 0


def unwinds():
    try:
        deep(20)  # times 1
    except Trouble:  # times 1
        return "unwound"  # times 1


def asserts(value):
    try:
        assert (  # an assertion over several lines
            value > 1  # times 3 (3.12: 2)
        ), "too small"
        return "fine"  # times 1
    except AssertionError:  # times 1
        return "failed"  # times 1


print(errors(200), [chooses(kind) for kind in range(4)], replaces(), swallows(), returns_in_finally())
print(grouped(), retried(), unwinds(), asserts(1), asserts(2))
