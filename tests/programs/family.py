"""Starts child processes; each line of standard input names a way to do so. The children call `work`, and say so."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor

HERE = os.path.abspath(__file__)
FOLDER = os.path.dirname(HERE)


def work(n):
    total = n * 2  # work
    return total  # after


def child(n):
    print("child", work(n), flush=True)


def square(n):
    return work(n) * n  # square


def say(*words):
    print(*words, flush=True)


def joined(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def fork():
    pid = os.fork()
    if not pid:
        child(1)
        sys.exit(3)
    return joined(pid)


def fork_and_exit():
    pid = os.fork()
    if not pid:
        child(1)
        os._exit(4)
    return joined(pid)


def fork_in_thread():
    outcome = []
    thread = threading.Thread(target=lambda: outcome.append(fork_and_exit()))
    thread.start()
    thread.join()
    return outcome[0]


def process(method):
    one = multiprocessing.get_context(method).Process(target=child, args=(1,))
    one.start()
    one.join()
    return one.exitcode


def popen(words, **more):
    return subprocess.call(words, **more)


def spawn(function, *words):
    status = function(os.P_WAIT, *words)
    return status


def posix_spawn():
    return joined(os.posix_spawn(sys.executable, [sys.executable, HERE, "child"], os.environ))


def fork_and_exec():
    pid = os.fork()
    if not pid:
        os.execv(sys.executable, [sys.executable, HERE, "child"])
    return joined(pid)


def executor():
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        return list(pool.map(square, [1, 2]))


def pool(method):
    """Eight workers, each with one task."""
    with multiprocessing.get_context(method).Pool(8) as eight:
        return sum(eight.map(square, range(8), 1))


def together(barrier):
    barrier.wait()  # together


def pool_of(count):
    """Workers that end when all of them have begun."""
    barrier = multiprocessing.get_context("fork").Barrier(count)
    many = [multiprocessing.get_context("fork").Process(target=together, args=(barrier,)) for _ in range(count)]
    for one in many:
        one.start()
    for one in many:
        one.join()
    return sum(one.exitcode for one in many)


def grandchild():
    return subprocess.call([sys.executable, HERE, "parent"])


def storm(method):
    """Many children at once, a few times."""
    statuses = []
    for _ in range(3):
        many = [multiprocessing.get_context(method).Process(target=work, args=(n,)) for n in range(10)]
        for one in many:
            one.start()
        for one in many:
            one.join()
        statuses += [one.exitcode for one in many]
    return sum(statuses)


def lasting():
    """Children that live until the program says so."""
    for _ in range(2):
        lives.append(subprocess.Popen([sys.executable, HERE, "loop"], stdin=subprocess.PIPE))
    return "begun"


def handling():
    """A child that decides itself what becomes of SIGTERM."""
    return joined(subprocess.Popen([sys.executable, HERE, "handling"]).pid)


def end_lasting():
    for one in lives:
        one.stdin.close()
    statuses = [one.wait() for one in lives]
    lives.clear()
    return statuses


lives = []


def hostile():
    """A child that writes into whatever sockets it has."""
    pid = os.fork()
    if not pid:
        for name in os.listdir("/proc/self/fd"):
            try:
                if os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
                    os.write(int(name), b"\xff" * 100)
            except OSError:
                pass  # the folder itself
        child(1)
        os._exit(0)
    return joined(pid)


def execute():
    say("executing")
    os.execv(sys.executable, [sys.executable, HERE, "again"])


def say_and_go_on():
    say("again")
    child(1)
    main()


def execute_and_listen():
    """The next image calls `listen`, as a program that begins anew does."""
    say("executing")
    os.execv(sys.executable, [sys.executable, HERE, "listening"])


def execute_in_vain():
    try:
        os.execv(sys.executable, [sys.executable, HERE, "x" * 10_000_000])
    except OSError as error:
        return type(error).__name__


def missing_program():
    try:
        os.execv("/no/such/python3", ["python3", HERE])
    except OSError as error:
        return type(error).__name__


def look():
    """What a child sees of itself."""
    module = sys.modules["__main__"]
    say("argv", sys.argv[1:], "orig", sys.orig_argv[1:], "flags", sys.flags.optimize, sys.flags.dont_write_bytecode)
    say("main", module.__name__, getattr(module, "__file__", None), "path", sys.path[0])
    say("environment", [name for name in os.environ if name.startswith("DAPSTUB_P")])


PYTHON = sys.executable

WAYS = {
    "fork": fork,
    "fork_and_exit": fork_and_exit,
    "fork_in_thread": fork_in_thread,
    "mp_fork": lambda: process("fork"),
    "mp_spawn": lambda: process("spawn"),
    "mp_forkserver": lambda: process("forkserver"),
    "work": lambda: work(1),
    "file": lambda: popen([PYTHON, HERE, "child"]),
    "code": lambda: popen([PYTHON, "-c", "import family; family.child(1)"], cwd=FOLDER),
    "module": lambda: popen([PYTHON, "-m", "family", "child"], cwd=FOLDER),
    "options": lambda: popen([PYTHON, "-OB", "-X", "utf8", "-Wignore", HERE, "child"]),
    "environment": lambda: popen([PYTHON, HERE, "child"], env={"PATH": os.environ["PATH"], "X": "1"}),
    "open_descriptors": lambda: popen([PYTHON, HERE, "child"], close_fds=False),
    "by_name": lambda: popen(
        [os.path.basename(PYTHON), HERE, "child"],
        env={**os.environ, "PATH": os.path.dirname(PYTHON) + os.pathsep + os.environ["PATH"]},
    ),
    "other_name": lambda: popen(["something else", HERE, "child"], executable=PYTHON),
    "in_session": lambda: popen([PYTHON, HERE, "child"], start_new_session=True, preexec_fn=lambda: None),
    "spawnv": lambda: spawn(os.spawnv, PYTHON, [PYTHON, HERE, "child"]),
    "spawnle": lambda: spawn(os.spawnle, PYTHON, PYTHON, HERE, "child", os.environ),
    "posix_spawn": posix_spawn,
    "fork_and_exec": fork_and_exec,
    "executor": executor,
    "pool_fork": lambda: pool("fork"),
    "pool_spawn": lambda: pool("spawn"),
    "pool_forkserver": lambda: pool("forkserver"),
    "pool_of_8": lambda: pool_of(8),
    "pool_of_12": lambda: pool_of(12),
    "grandchild": grandchild,
    "storm_fork": lambda: storm("fork"),
    "storm_spawn": lambda: storm("spawn"),
    "lasting": lasting,
    "handling": handling,
    "end_lasting": end_lasting,
    "hostile": hostile,
    "execute": execute,
    "execute_and_listen": execute_and_listen,
    "execute_in_vain": execute_in_vain,
    "missing_program": missing_program,
    "look": lambda: popen([PYTHON, "-OB", HERE, "look", "-c", "a b", ""]),
    "other": lambda: popen(["/bin/echo", "other"]),
    "shell": lambda: popen("echo shell", shell=True),
    "version": lambda: popen([PYTHON, "--version"]),
    "missing": lambda: popen([PYTHON, "no such file"]),
    "input": lambda: subprocess.run([PYTHON], input=b"print('from input')").returncode,
    "debugpy_of_child": lambda: popen([PYTHON, HERE, "has_debugpy"]),
    "tick": lambda: "tock",
}


def loop():
    """Runs until its standard input ends."""
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    rounds = 0
    while not ended.is_set():
        work(5)
        rounds += 1
        if rounds == 1:
            say("round", os.getpid())
        time.sleep(0.01)


def stop(number, frame):
    say("stopped by", signal.Signals(number).name)
    sys.exit(7)


def set_up(wanted):
    """Listens by itself, instead of by a command line."""
    sys.path.insert(0, os.environ["DAPSTUB_STAGED"])
    import dapstub

    if wanted.get("as_debugpy"):
        dapstub.install_as_debugpy()
    dapstub.configure(wanted.get("configure", {}))
    if "connect" in wanted:
        dapstub.connect(wanted["connect"], access_token=wanted["token"])
        return
    say("listening", dapstub.listen(wanted.get("address", 0), token=wanted.get("token"))[1])


def has_debugpy():
    """Before it imports anything itself, as debugpy's own tests ask."""
    found = getattr(sys.modules.get("debugpy"), "__file__", "none")
    import debugpy

    say("child's debugpy", "dapstub" if f"{os.sep}dapstub{os.sep}" in found else found, found == debugpy.__file__)


def main():
    say("started")
    for line in sys.stdin:
        way = line.strip()
        if way == "end":
            break
        say(way, "gives", WAYS[way]())


if __name__ == "__main__":
    what = sys.argv[1] if len(sys.argv) > 1 else "main"
    if what == "child":
        child(1)
    elif what == "parent":
        say("parent", subprocess.call([sys.executable, HERE, "child"]))
    elif what == "has_debugpy":
        has_debugpy()
    elif what == "loop":
        loop()
    elif what == "handling":
        signal.signal(signal.SIGTERM, stop)
        loop()
    elif what == "look":
        look()
    elif what == "again":
        say_and_go_on()
    elif what == "listening":
        import dapstub

        say("endpoint", *dapstub.listen(0))
        try:
            dapstub.listen(0)
        except RuntimeError as error:
            say("twice", error)
        say_and_go_on()
    else:
        if "FAMILY" in os.environ:
            set_up(json.loads(os.environ["FAMILY"]))
        main()
