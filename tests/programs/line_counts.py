"""Runs a program without any debugger and prints how often each line was reached: the reference for breakpoints.

`line_counts.py PROGRAM`. Reached is a line as often as the interpreter itself tells of it: by `line` events of
`sys.settrace` on CPython 3.11, by `LINE` events of `sys.monitoring` from 3.12 on. Counted is every file in the program's
folder. The last line of the output is JSON: `counts`, by file name and line; and `order`, every line as it was reached,
as file name, line, number of the frame, number of the frame from which that was called or resumed.
"""

import collections
import functools
import itertools
import json
import opcode
import os
import runpy
import sys
import threading

path = os.path.realpath(sys.argv[1])
folder = os.path.dirname(path)
sys.argv = [path]
counts = collections.defaultdict(collections.Counter)
order = []
mutex = threading.Lock()
numbers = {}
fresh = itertools.count(1)
MOST = 10_000


def ours(code):
    return os.path.dirname(code.co_filename) == folder


def caller(frame):
    """The number of the frame of the program from which `frame` was called or resumed, 0 without one."""
    back = frame.f_back
    while back is not None and not ours(back.f_code):
        back = back.f_back
    return numbers.get(id(back), 0)


def count(frame, line):
    with mutex:
        name = os.path.basename(frame.f_code.co_filename)
        counts[name][line] += 1
        if len(order) <= MOST:
            order.append([name, line, numbers.get(id(frame), 0), caller(frame)])


def begin(frame):
    with mutex:
        numbers[id(frame)] = next(fresh)


def traced(frame, event, argument):
    if not ours(frame.f_code):
        return None
    if event == "call" and (frame.f_lasti < 0 or frame.f_code.co_code[frame.f_lasti + 1] == 0):
        begin(frame)  # neither a generator nor a coroutine that goes on
    elif event == "line":
        count(frame, frame.f_lineno)
    return traced


if sys.version_info >= (3, 12):
    watch = sys.monitoring
    tool = watch.PROFILER_ID
    watch.use_tool_id(tool, "line_counts")

    @functools.cache
    def middles(code):
        """Where an exception that was thrown into an `await` goes on: from 3.13 on some of these count as the line anew."""
        instructions, clean_up = code.co_code, opcode.opmap["CLEANUP_THROW"]
        return {offset for offset in range(0, len(instructions), 2) if instructions[offset] == clean_up}

    def reached(code, line):
        frame = sys._getframe(1)
        if ours(code) and frame.f_lasti not in middles(code):
            count(frame, line)

    watch.register_callback(tool, watch.events.LINE, reached)
    # From 3.13 on, a function on one line has a LINE event only where its PY_START is asked for as well.
    watch.register_callback(tool, watch.events.PY_START, lambda code, offset: ours(code) and begin(sys._getframe(1)))
    watch.set_events(tool, watch.events.LINE | watch.events.PY_START)
else:
    threading.settrace(traced)
    sys.settrace(traced)
runpy.run_path(path, run_name="__main__")
if sys.version_info >= (3, 12):
    watch.set_events(tool, 0)
else:
    sys.settrace(None)
print(json.dumps({"counts": counts, "order": order if len(order) <= MOST else []}))
