"""Imported late by importer.py."""

VALUE = 41  # module-level


def answer():
    return VALUE + 1  # late
