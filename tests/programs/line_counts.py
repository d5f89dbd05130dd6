"""Runs a program without any debugger and prints how often each line was reached: the reference for breakpoints.

`line_counts.py PROGRAM`. Reached is a line as often as the interpreter itself tells of it: by `line` events of
`sys.settrace` on CPython 3.11, by `LINE` events of `sys.monitoring` from 3.12 on. Counted is every file in the program's
folder. The last line of the output is JSON: file name, then line, then count; and the lines in the order in which they
were reached.
"""

import collections
import json
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


def count(code, line):
    if os.path.dirname(code.co_filename) == folder:
        with mutex:
            counts[os.path.basename(code.co_filename)][line] += 1
            order.append([os.path.basename(code.co_filename), line])


def traced(frame, event, argument):
    if event == "line":
        count(frame.f_code, frame.f_lineno)
    return traced


if sys.version_info >= (3, 12):
    watch = sys.monitoring
    watch.use_tool_id(watch.PROFILER_ID, "line_counts")
    watch.register_callback(watch.PROFILER_ID, watch.events.LINE, count)
    # From 3.13 on, a function on one line has a LINE event only where its PY_START is asked for as well.
    watch.register_callback(watch.PROFILER_ID, watch.events.PY_START, lambda code, offset: None)
    watch.set_events(watch.PROFILER_ID, watch.events.LINE | watch.events.PY_START)
else:
    threading.settrace(traced)
    sys.settrace(traced)
runpy.run_path(path, run_name="__main__")
if sys.version_info >= (3, 12):
    watch.set_events(watch.PROFILER_ID, 0)
else:
    sys.settrace(None)
print(json.dumps({"counts": counts, "order": order if len(order) < 10_000 else []}))
