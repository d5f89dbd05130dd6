# Run by executed.py as text.
def entry(m):
    return n + m  # times 6


result = entry(n)  # times 3
