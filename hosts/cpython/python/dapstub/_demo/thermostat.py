"""A thermostat that keeps a small house warm through a cold morning."""

import threading
import time


class Room:
    def __init__(self, name, celsius, wanted):
        self.name = name
        self.celsius = celsius
        self.wanted = wanted
        self.heating = False
        self.history = []

    def regulate(self):
        self.heating = self.celsius < self.wanted
        return self.heating

    def pass_minutes(self, minutes, outside):
        gain = 0.4 if self.heating else 0.0
        loss = 0.01 * (self.celsius - outside)
        self.celsius = round(self.celsius + minutes * (gain - loss), 2)
        self.history.append(self.celsius)


class Weather(threading.Thread):
    """Measures the temperature outside while the house is heated."""

    def __init__(self):
        super().__init__(name="weather")
        self.readings = []
        self.done = threading.Event()

    def run(self):
        while not self.done.wait(0.01):
            self.readings.append(-4)


def house():
    return [Room("kitchen", 16.0, 20), Room("bath", 14.5, 23), Room("hall", 15.0, 17)]


def heat(rooms, rounds):
    for number in range(1, rounds + 1):
        for room in rooms:
            room.regulate()
            room.pass_minutes(5, outside=-4)
        time.sleep(0.005)


def main():
    print("the heating starts")
    rooms = house()
    weather = Weather()
    weather.start()
    heat(rooms, rounds=12)
    weather.done.set()
    weather.join()
    for room in rooms:
        print(f"{room.name}: {room.celsius} of {room.wanted} degrees")


if __name__ == "__main__":
    main()
