"""Regular expressions, strings, a reader that descends."""

import re

TOKEN = re.compile(r"\s*(?:([\[\],])|(\d+)|(\w+))")  # times 1
SAMPLE = "[one, 2, [3, four, [], [5]], six, [[7]]]"


class Reader:
    words = {  # class body over several lines
        "one": 1,  # times 1
        "four": 4,  # times 1
        "six": 6,  # times 1
    }

    def __init__(self, text):
        self.tokens = TOKEN.findall(text)  # times 20
        self.at = 0  # times 20

    def take(self):
        token = self.tokens[self.at]  # times 500
        self.at += 1  # times 500
        return token  # times 500

    def value(self):
        mark, number, word = self.take()  # times 260
        if mark == "[":  # times 260
            items = []  # times 120
            if self.tokens[self.at][0] == "]":  # times 120
                self.at += 1  # times 20
                return items  # times 20
            while True:
                items.append(self.value())  # times 240
                if self.take()[0] == "]":  # times 240
                    return items  # times 100
        if number:  # times 140
            return int(number)  # times 80
        return self.words[word]  # times 60


def render(value):
    if isinstance(value, list):  # times 260
        return "[" + ",".join(render(item) for item in value) + "]"  # a generator expression inside
    if isinstance(value, str):  # times 140
        return repr(value)  # times 0
    return f"{value:04d}{'!' if value > 4 else '?'}"  # times 140


size = 0
for _ in range(20):  # times 21
    size += len(render(Reader(SAMPLE).value()))  # times 20
print(size)
