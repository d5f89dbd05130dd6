#!/usr/bin/env python3
"""What is in an image: `symbols.py IMAGE` lists names, `--sizes` sections, `--ram` the bytes of static RAM.

Reads ELF by itself, so that no binutils for the target are needed.
"""

import struct
import sys


def sections(data):
    """Name, type, flags, address, offset, size, link and entry size of each section of a 32-bit little-endian ELF."""
    if data[:6] != b"\x7fELF\x01\x01":
        raise SystemExit("not an image")
    (table,) = struct.unpack_from("<I", data, 32)
    size, count, names_index = struct.unpack_from("<HHH", data, 46)
    headers = [struct.unpack_from("<10I", data, table + size * index) for index in range(count)]
    names = headers[names_index][4]
    for name, kind, flags, address, offset, length, link, _, _, entry in headers:
        end = data.index(b"\0", names + name)
        yield data[names + name : end].decode(), kind, flags, address, offset, length, link, entry


def symbols(data):
    """Names and sizes of everything that has a name."""
    every = list(sections(data))
    for _, kind, _, _, offset, length, link, entry in every:
        if kind != 2:
            continue
        names = every[link][4]
        for at in range(offset, offset + length, entry):
            name, _, size, info, _, _ = struct.unpack_from("<IIIBBH", data, at)
            end = data.index(b"\0", names + name)
            text = data[names + name : end].decode()
            # Sections, files and marks of code and data have no meaning here.
            if text and not text.startswith("$") and info & 15 not in (3, 4):
                yield text, size


def main():
    data = open(sys.argv[-1], "rb").read()
    sizes = {"flash": 0, "text": 0, "rodata": 0, "ram": 0}
    for name, kind, flags, _, _, length, _, _ in sections(data):
        if not flags & 2:
            continue
        if kind != 8:
            sizes["flash"] += length
        if flags & 1:
            sizes["ram"] += length
        if name in (".text", ".vectors"):
            sizes["text"] += length
        if name == ".rodata":
            sizes["rodata"] += length
    if "--ram" in sys.argv:
        print(sizes["ram"])
    elif "--sizes" in sys.argv:
        print(*sizes.values())
    else:
        for name, _ in sorted(symbols(data)):
            print(name)


if __name__ == "__main__":
    main()
