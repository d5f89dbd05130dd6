"""Private names, in methods and in what stands in them."""


class Meter:
    __unit = "W"

    def __init__(self, count):
        self.__count = count

    def read(self):
        value = self.__count  # read
        return (lambda: value + self.__count)()  # inner

    class __Part:
        def look(self, meter):
            self.__count = -1
            return meter  # look

    def part(self):
        return Meter.__Part().look(self)

    def fails(self):
        raise ValueError(self.__count)  # fails


def outside(meter):
    return meter  # outside


def main():
    for count in range(4):
        Meter(count).read()
    meter = Meter(7)
    meter.part()
    outside(meter)
    try:
        meter.fails()
    except ValueError:
        pass
    print("count", meter._Meter__count)


main()
