"""Code of every shape that may hold a breakpoint."""


def decorator(function):
    def wrapper(*args):
        return function(*args)  # wrapper

    return wrapper  # decorating


@decorator  # at-decorator
def decorated(x):
    return x + 1  # decorated


class Body:
    member = decorated(1)  # class-body

    def method(self):
        return self.member  # method

    @staticmethod
    def static(x):
        return x  # static

    @property
    def attribute(self):
        return 7  # property


def outer():
    hidden = 5

    def inner(y):
        return y + hidden  # inner

    return inner(1)


double = lambda x: x * 2  # lambda
pair = (lambda: "a"), (lambda: "b")  # pair


def square(n):
    return n * n


def comprehensions():
    squares = [
        square(n)  # list-element
        for n in range(3)
    ]
    table = {
        n: square(n)  # dict-element
        for n in squares
    }
    lazy = (
        square(n)  # generator-element
        for n in table
    )
    return sum(lazy)  # sum


def generator():
    yield 1  # first-yield
    yield 2  # second-yield


def closing(n):
    try:
        return 10 // n
    except ZeroDivisionError:
        return 0  # handler
    finally:
        print("closing", n)  # finally


def conditional(flag):
    if flag:
        value = 1  # then
    else:
        value = 2  # else
    return value


def main():
    Body().method()
    Body.static(1)
    Body().attribute
    outer()
    double(2)
    pair[0]()
    pair[1]()
    comprehensions()
    list(generator())
    closing(0)
    conditional(False)
    match [1, 2]:
        case [first, second]:
            print("case", first, second)  # case


main()
