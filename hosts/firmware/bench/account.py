#!/usr/bin/env python3
"""Whose code the bytes of an image are, inlined or not: `account.py IMAGE`, for an image built with debug information.

    cd hosts/firmware/image
    CARGO_PROFILE_RELEASE_DEBUG=2 cargo build --release --target thumbv7m-none-eabi --bin controller
    ../bench/account.py target/thumbv7m-none-eabi/release/controller

Each instruction counts for the innermost function that is not part of Rust's own library. Needs llvm-objdump and
llvm-symbolizer.
"""

import collections
import re
import subprocess
import sys


def output(*command, **options):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, **options).stdout


def main():
    image = sys.argv[1]
    code = output("llvm-objdump", "-d", "--no-show-raw-insn", "--section=.text", image)
    addresses = [int(line, 16) for line in re.findall(r"^\s+([0-9a-f]+):", code, re.M)]
    # Tables and constants between instructions count for the instruction in front of them.
    lengths = [after - before for before, after in zip(addresses, addresses[1:])] + [2]
    options = ["--functions=linkage", "--inlining", "--demangle", "--output-style=GNU", "-p"]
    found = output("llvm-symbolizer", "--obj=" + image, *options, input="\n".join(map(hex, addresses)))
    chains = []
    for line in found.splitlines():
        name, _, file = line.replace(" (inlined by) ", "").partition(" at ")
        if line.startswith(" (inlined by)"):
            chains[-1].append((name, file))
        elif line:
            chains.append([(name, file)])
    sizes = collections.Counter()
    for chain, length in zip(chains, lengths, strict=True):
        own = [name for name, file in chain if "/rustc/" not in file and "rustlib" not in file and "registry" not in file]
        name = re.sub(r"\$\w+\$|^_|<|&mut |mut|RF", "", own[0].replace("..", "::")) if own else "core"
        match = re.search(r"(dapstub\w*|core)::(\w+(?:::(?:json|body)\b)?)", name)
        sizes["::".join(match.groups()) if own and match else "Rust's library"] += length
    print(f"{sum(sizes.values()):6} .text")
    for name, size in sizes.most_common(14):
        print(f"{size:6} {name}")


if __name__ == "__main__":
    main()
