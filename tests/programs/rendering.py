"""Values that are hard to show: slow, endless, huge, lying, changing."""

import array
import collections
import collections.abc
import decimal
import sys
import time
import types


class Trouble(Exception):
    pass


class Slow:
    def __repr__(self):
        time.sleep(2)
        return "Slow at last"


class Endless:
    def __repr__(self):
        while True:
            pass


class Stubborn:
    """Catches whatever is thrown at it, for a while."""

    def __repr__(self):
        caught = 0
        while caught < 3:
            try:
                while True:
                    pass
            except BaseException:
                caught += 1
        return "Stubborn"


class Raising:
    def __repr__(self):
        raise Trouble("no words")


class Exiting:
    def __repr__(self):
        sys.exit(3)


class Interrupting:
    def __repr__(self):
        raise KeyboardInterrupt


class Recursing:
    def __repr__(self):
        return repr(self)


class Number:
    def __repr__(self):
        return 5


class Text(str):
    def __str__(self):
        raise Trouble("no text")

    def __len__(self):
        raise Trouble("no length")

    def __getitem__(self, index):
        raise Trouble("no items")


class Odd:
    def __repr__(self):
        return Text("odd text")


class Wordy:
    def __repr__(self):
        return "w" * 10_000_000


class Unsayable:
    def __repr__(self):
        return "lone \ud800 surrogate"


class Clearing:
    def __init__(self, container):
        self.container = container

    def __repr__(self):
        self.container.clear()
        return "cleared"


class Growing:
    def __init__(self, container):
        self.container = container

    def __repr__(self):
        self.container.append(Growing(self.container))
        return f"grown to {len(self.container)}"


class Properties:
    fine = property(lambda self: 11)

    @property
    def broken(self):
        raise Trouble("no such luck")

    @property
    def endless(self):
        while True:
            pass

    @property
    def leaving(self):
        raise SystemExit(3)


class Grumpy:
    """Refuses everything that a debugger might ask."""

    value = 3

    def __getattribute__(self, name):
        raise Trouble(name)

    def __eq__(self, other):
        raise Trouble("eq")

    def __bool__(self):
        raise Trouble("bool")

    def __hash__(self):
        raise Trouble("hash")

    def __len__(self):
        raise Trouble("len")

    def __iter__(self):
        raise Trouble("iter")

    def __dir__(self):
        raise Trouble("dir")

    def __repr__(self):
        return "Grumpy"


class Liar:
    __class__ = property(lambda self: list)

    def __repr__(self):
        return "Liar"


class Lengths(collections.abc.Sequence):
    """Says it is a sequence, and cannot say how long."""

    def __init__(self, length):
        self.length = length

    def __len__(self):
        if self.length is None:
            raise Trouble("no length")
        return self.length

    def __getitem__(self, index):
        if index == 3:
            raise Trouble("no third")
        return index * 2

    def __repr__(self):
        return f"Lengths({self.length})"


class Squares(collections.abc.Mapping):
    def __len__(self):
        return 500

    def __iter__(self):
        return iter(range(500))

    def __getitem__(self, key):
        return key * key

    def __repr__(self):
        return "Squares"


class Interface:
    """As arrays of C libraries are: a length, items, an interface, no declaration."""

    shape = (3,)

    def __init__(self):
        self.memory = array.array("d", [1.0, 2.0, 3.0])

    @property
    def __array_interface__(self):
        address, length = self.memory.buffer_info()
        return {"shape": (length,), "typestr": "<f8", "data": (address, True), "version": 3}

    def __len__(self):
        return 3

    def __getitem__(self, index):
        return self.memory[index]

    def __eq__(self, other):
        return Interface()

    def __bool__(self):
        raise ValueError("the truth value of an array with more than one element is ambiguous")

    def __repr__(self):
        return "Interface([1., 2., 3.])"


ndarray = type("ndarray", (Interface,), {"__module__": "numpy", "__repr__": lambda self: "array([1., 2., 3.])"})


def slow():
    first = Slow()
    second = Slow()
    number = 7
    return first, second, number  # slow


def endless():
    first = Endless()
    number = 7
    second = Endless()
    items = [1, 2]
    return first, number, second, items  # endless


def stubborn():
    value = Stubborn()
    number = 7
    return value, number  # stubborn


def odd():
    raising = Raising()
    exiting = Exiting()
    interrupting = Interrupting()
    recursing = Recursing()
    number = Number()
    text = Odd()
    wordy = Wordy()
    unsayable = Unsayable()
    in_list = [1, Raising(), 3]
    grumpy = Grumpy()
    liar = Liar()
    texts = Text("kept")
    lone = "\ud800"
    return locals()  # odd


def changing():
    cleared = [1, 2]
    cleared += [Clearing(cleared), 3, 4]
    emptied = {"a": 1}
    emptied["b"] = Clearing(emptied)
    emptied["c"] = 3
    growing = []
    growing.append(Growing(growing))
    items = list(range(1000))
    table = {n: n for n in range(1000)}
    unique = set(range(1000))
    return locals()  # changing


def huge():
    big = 10**5000
    negative = -(1 << 100_000)
    enormous = 1 << 10_000_000
    limit = 10**4299
    text = "x" * 50_000_000
    raw = b"y" * 50_000_000
    decimals = decimal.Decimal(10) ** 20000
    numbers = range(10**30)
    deep = []
    for _ in range(100_000):
        deep = [deep]
    wide = [[n] * 1000 for n in range(1000)]
    return big, negative, enormous, limit, text, raw, decimals, numbers, deep, wide  # huge


def circles():
    items = [1]
    items.append(items)
    table = {"self": None}
    table["self"] = table
    pair = ([],)
    pair[0].append(pair)
    bare = types.SimpleNamespace()
    bare.me = bare
    queue = collections.deque()
    queue.append(queue)
    return items, table, pair, bare, queue  # circles


def counted():
    items = list(range(250))
    fixed = tuple(range(250))
    table = {f"key{n}": n for n in range(250)}
    unique = set(range(250))
    frozen = frozenset(range(250))
    numbers = range(0, 500, 2)
    doubles = array.array("d", range(250))
    queue = collections.deque(range(250))
    ordered = collections.OrderedDict((n, n) for n in range(250))
    ordered.move_to_end(0)
    default = collections.defaultdict(int, {n: n for n in range(250)})
    counter = collections.Counter({n: n for n in range(250)})
    chain = collections.ChainMap({n: n for n in range(250)}, {-1: -1})
    user_list = collections.UserList(range(250))
    user_dict = collections.UserDict({n: n for n in range(250)})
    proxy = types.MappingProxyType(table)
    keys = table.keys()
    values = table.values()
    pairs = table.items()
    view = memoryview(b"z" * 250)
    squares = Squares()
    lengths = Lengths(250)
    interface = ndarray()
    empty = []
    return locals()  # counted


def others():
    unknown = Lengths(None)
    endless = Lengths(sys.maxsize)
    interface = Interface()
    properties = Properties()
    return unknown, endless, interface, properties  # others


globals()[sys.argv[1]]()
print("done")
