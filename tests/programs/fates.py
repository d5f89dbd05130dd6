"""Ticks; each line of standard input names something that happens to processes, and what came of it is printed."""

import atexit
import errno
import os
import resource
import select
import signal
import subprocess
import sys
import threading
import time

if "DAPSTUB_OWN" in os.environ:
    sys.path.insert(0, os.environ["DAPSTUB_STAGED"])
    import dapstub


def work(n):
    return n + 1  # work


def hooks():
    """Every hook that a debugger might have left behind."""
    found = [name for name in ("gettrace", "getprofile") if getattr(sys, name)() is not None]
    if hasattr(sys, "monitoring"):
        found += [sys.monitoring.get_tool(n) for n in range(6) if sys.monitoring.get_tool(n)]
    return found


def sockets():
    """The sockets that this process has open."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            if os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
                found.append(int(name))
        except OSError:
            pass  # the folder itself
    return sorted(found)


def joined(child):
    print("child ended with", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def in_child(body):
    """Runs `body` in a forked child, which then ends as any Python program does."""
    child = os.fork()
    if not child:
        body()
        sys.exit(3)
    joined(child)


def fork():
    in_child(lambda: print("child", work(work(1)), hooks(), sockets(), flush=True))


def fork_from_thread():
    thread = threading.Thread(target=lambda: joined(forked_off()))
    thread.start()
    thread.join()


def forked_off():
    child = os.fork()
    if not child:
        print("child", work(work(1)), hooks(), sockets(), flush=True)
        os._exit(3)
    return child


def fork_and_listen():
    import dapstub

    def body():
        try:
            dapstub.listen(("127.0.0.1", 0))
            print("child listens")
        except RuntimeError as error:
            print("child raised", error)
        print("child connected", dapstub.is_client_connected())
        dapstub.breakpoint()

    in_child(body)


def storm():
    """Many forks beside a session that is asked things."""
    ended = []
    for n in range(100):
        child = os.fork()
        if not child:
            work(n)
            os._exit(n % 7)
        ended.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    print("storm", ended == [n % 7 for n in range(100)])


def execute():
    os.execv("/bin/sh", ["sh", "-c", "echo executed; read line"])


def daemonize():
    """The double fork of the textbooks, with a pipe that tells when the daemon is gone."""
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    print("daemon", work(work(1)), hooks(), sockets(), flush=True)
    sys.stdin.readline()
    print("daemon ends", flush=True)
    os._exit(0)


def spawn():
    code = """
import os, stat
def is_socket(number):
    try:
        return stat.S_ISSOCK(os.fstat(number).st_mode)
    except OSError:
        return False
print("spawned", [number for number in range(256) if is_socket(number)], flush=True)
"""
    print("child ended with", subprocess.call([sys.executable, "-c", code], close_fds=False), flush=True)


def pool():
    import multiprocessing

    for method in ["fork", "spawn"]:
        context = multiprocessing.get_context(method)
        process = context.Process(target=os._exit, args=(4,))
        process.start()
        process.join()
        print(method, process.exitcode)


def leave():
    """Ends with something to do at the very end, and threads that are still there."""
    atexit.register(lambda: work(1))
    threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()
    raise SystemExit(6)


def end_in_thread():
    threading.Thread(target=busy, daemon=True).start()
    raise SystemExit(6)


def busy():
    while True:
        work(1)


def hard():
    os._exit(5)


def handler(number, frame):
    print("handled", signal.Signals(number).name, flush=True)


def handle():
    for number in [signal.SIGHUP, signal.SIGTERM, signal.SIGUSR1]:
        signal.signal(number, handler)
    print("handles", flush=True)


files = []


def exhaust():
    """No descriptor is left."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    try:
        while True:
            files.append(os.open("/dev/null", os.O_RDONLY))
    except OSError as error:
        assert error.errno == errno.EMFILE, error
    # The program needs one for itself, to read what it is told.
    print("exhausted", flush=True)


def relieve():
    while files:
        os.close(files.pop())
    print("relieved", flush=True)


def narrow():
    """No memory for the stack of one more thread, and enough for everything small."""
    with open("/proc/self/statm") as statm:
        pages = int(statm.read().split()[0])
    room = pages * resource.getpagesize() + 1_500_000
    resource.setrlimit(resource.RLIMIT_AS, (room, resource.getrlimit(resource.RLIMIT_AS)[1]))
    try:
        threading.Thread(target=print, args=("a thread after all",)).start()
    except RuntimeError as error:
        print("narrow", error, flush=True)


def widen():
    hard_limit = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (hard_limit, hard_limit))
    print("wide", flush=True)


def listen():
    try:
        print("listening", dapstub.listen(("127.0.0.1", 0))[1], flush=True)
    except RuntimeError as error:
        print("raised", error, flush=True)


def subinterpreters():
    """Code in another interpreter of this process, which the debugger does not see; to load it there is refused."""
    try:
        import _interpreters as interpreters
    except ImportError:
        import _xxsubinterpreters as interpreters
    code = """
import os, sys
sys.path.insert(0, os.environ["DAPSTUB_STAGED"])
def work(n):
    return n + 1
for n in range(100):
    work(n)
try:
    import dapstub
    dapstub.listen(("127.0.0.1", 0))
    print("listens", flush=True)
except (ImportError, RuntimeError) as error:
    print("refused", error, flush=True)
"""
    for _ in range(3):
        other = interpreters.create()
        interpreters.run_string(other, code)
        interpreters.destroy(other)
    print("interpreters", work(1), flush=True)


def main():
    n = 0
    print("started", flush=True)
    while True:
        n = work(n)  # loop
        print("tick", n, flush=True)
        if select.select([sys.stdin], [], [], 0.01)[0]:
            line = sys.stdin.readline().strip()
            if line in ("", "end"):
                break
            globals()[line]()


if __name__ == "__main__":
    main()
    print("finished")
