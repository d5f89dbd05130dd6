"""Libraries that call debugpy, as they do it. They get dapstub, and don't know it."""

import os
import sys

sys.path.insert(0, os.environ["DAPSTUB_STAGED"])

import dapstub

dapstub.install_as_debugpy()
dapstub.install_as_debugpy()


def work():
    n = 1
    return n  # here


def home_assistant():
    """An integration: listens in an executor, and waits there if it is told to."""
    import asyncio

    import debugpy

    def start():
        debugpy.listen(("127.0.0.1", 0))

    async def main():
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, start)
        # How it would be reached stands in its configuration.
        print("listening", dapstub._dapstub.address()[1], flush=True)
        await loop.run_in_executor(None, debugpy.wait_for_client)
        work()

    asyncio.run(main())


def ray():
    """A task that opens a port of its own, tells it, waits, and stops where it was asked to."""
    import importlib

    debugpy = importlib.import_module("debugpy")
    assert not debugpy.__version__ < "1.8.0"
    host, port = debugpy.listen(("127.0.0.1", 0))
    print("listening", port, flush=True)
    # It takes the hooks back, which debugpy has taken.
    sys.breakpointhook = sys.__breakpointhook__
    debugpy.wait_for_client()

    def stop():
        import pydevd

        pydevd.settrace(stop_at_frame=sys._getframe().f_back)

    stop()
    assert host == "127.0.0.1"


def ray_post_mortem():
    """The same for an exception that nothing has caught."""
    import threading

    import debugpy
    import pydevd

    _, port = debugpy.listen(("127.0.0.1", 0))
    print("listening", port, flush=True)
    debugpy.wait_for_client()
    try:
        raise LookupError("lost")  # raised
    except LookupError:
        debugger = pydevd.get_global_debugger()
        thread = threading.current_thread()
        information = debugger.set_additional_thread_info(thread)
        information.is_tracing += 1
        try:
            error = sys.exc_info()
            debugger.stop_on_unhandled_exception(debugger, thread, information, error)
            sys.excepthook(*error)
        finally:
            information.is_tracing -= 1


def notebook():
    """What looks for debugpy's modules, and calls the function there."""
    import debugpy.server.api
    import importlib.util
    from debugpy import _version
    from debugpy.public_api import CliOptions, Endpoint
    from debugpy.server import api
    from debugpy.server import cli

    assert importlib.util.find_spec("debugpy") is not None
    assert tuple(int(part) for part in debugpy.__version__.split(".")) >= (1, 8, 0)
    assert _version.get_versions()["version"] == debugpy.__version__
    assert CliOptions and Endpoint and cli.main
    assert all(hasattr(debugpy, name) for name in debugpy.__all__)
    host, port = api.listen(address=("127.0.0.1", 0))
    print("listening", port, flush=True)
    debugpy.wait_for_client()
    work()
    # The folder is run as a script by editors.
    import subprocess

    folder = os.path.dirname(debugpy.__file__)
    print("version", subprocess.check_output([sys.executable, folder, "--version"], text=True).strip(), flush=True)


globals()[sys.argv[1]]()
print("finished", flush=True)
