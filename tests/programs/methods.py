"""Functions of the same name in several places."""


class Counter:
    def __init__(self):
        self.value = 0  # init

    def add(self, amount):
        self.value += amount  # Counter.add

    class Inner:
        def add(self, amount):
            return amount  # Counter.Inner.add


class Other:
    def add(self, amount):
        return amount  # Other.add


def add(amount):
    return amount  # add


def outer():
    def nested():
        return 3  # nested

    return nested()


def main():
    counter = Counter()
    counter.add(5)
    Counter.Inner().add(6)
    Other().add(7)
    add(8)
    outer()
    print("value", counter.value)


main()
