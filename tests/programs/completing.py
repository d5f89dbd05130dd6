"""Names to be completed."""

import os


class Radio:
    band = "FM"

    def __init__(self):
        self.station = 1
        self._hidden = 2
        self.reads = 0

    def tune(self):
        return self.station

    @property
    def volume(self):
        self.reads += 1
        return 11


class Proxy:
    def __dir__(self):
        return ["remote_name"]


def listen(local_name):
    local_list = [Radio()]
    radio = Radio()
    proxy = Proxy()
    stations = {"news": 1, "music": {"jazz": 2}, 7: "seven", "it's": 3}
    calls = []
    print("reads", radio.reads, calls)  # listen
    return os.sep


listen(1)
