"""An object with names of every group."""


class Station:
    class Inner:
        pass

    def tune(self):
        return self

    def _search(self):
        return self

    def __init__(self):
        self.name = "one"
        self._secret = 1


station = Station()
print("station", station.name)  # look
