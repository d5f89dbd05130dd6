"""Does some rounds, as many as the first argument says, and tells the total."""

import sys


def work(n):
    doubled = n * 2  # work
    return doubled  # back


def main(rounds):
    total = 0  # before
    for n in range(rounds):
        total += work(n)  # round
        last = n
    print("total", total)  # after
    return last


if __name__ == "__main__":
    main(int(sys.argv[1]))  # main
