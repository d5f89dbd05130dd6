"""Traces or profiles itself, and counts what it sees: the same with a debugger as without."""

import collections
import sys
import threading

how, turns = sys.argv[1], int(sys.argv[2])
counts = collections.Counter()


def note(frame, event, argument):
    if frame.f_code in (work.__code__, inner.__code__):
        counts[frame.f_code.co_name, event] += 1
    return note


def inner(n):
    return n + 1  # inner


def work(n):
    total = 0
    for i in range(n):  # work-loop
        total += inner(i)  # work
    return total


def started():
    """Does the work in the way that the first argument names, with its own hook before and after it in place."""
    if how == "settrace":
        sys.settrace(note)
    elif how == "setprofile":
        sys.setprofile(note)
    elif how == "threading":
        threading.settrace(note)
        thread = threading.Thread(target=work, args=(5,))
        thread.start()
        thread.join()
        threading.settrace(None)
        return
    for turn in range(turns):
        if turn == 1:
            print("between", flush=True)
            sys.stdin.readline()
        work(5)
        still = (sys.getprofile() if how == "setprofile" else sys.gettrace()) is note
        print("own hook in place", still, flush=True)
    sys.settrace(None)
    sys.setprofile(None)


started()
for (name, event), count in sorted(counts.items()):
    print("count", name, event, count)
print("done")
