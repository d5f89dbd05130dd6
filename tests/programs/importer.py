"""Imports late.py only when it reads a line."""

import importlib

print("ready")
input()
late = importlib.import_module("late")
print("answer", late.answer())
