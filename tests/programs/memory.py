"""Objects that hold bytes."""

import array


def look():
    fixed = bytes(range(16))
    grown = bytearray(b"hello world")
    view = memoryview(grown)[6:]
    numbers = array.array("H", [1, 2, 3])
    text = "no bytes"
    large = bytes(3_000_000)
    inside = [b"abc"]
    print("held", len(large), text, inside, fixed[0])  # look
    view.release()
    grown += b"!"
    print("grown", grown.decode())
    print("numbers", list(numbers))


look()
