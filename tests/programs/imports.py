"""Calls a function of the standard library that is written in Python."""

import textwrap


def main():
    text = textwrap.dedent("  a")  # call
    return text  # after


main()
