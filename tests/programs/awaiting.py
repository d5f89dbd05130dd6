"""A task that stops, and those that await it in different ways; the first argument chooses one, the second a loop."""

import asyncio
import sys
import threading


async def leaf(n):
    await asyncio.sleep(0.01)
    return n * 2  # leaf


async def branch(n):
    twice = await leaf(n)  # branch
    return twice + 1


async def direct():
    outer = "direct"
    task = asyncio.create_task(branch(1), name="inner")
    return await task  # direct


async def levels():
    async def middle():
        below = "middle"
        return await asyncio.create_task(branch(1), name="inner")  # middle

    return await asyncio.create_task(middle(), name="between")  # levels


async def gather():
    return await asyncio.gather(branch(1))  # gather


async def wait():
    return await asyncio.wait([asyncio.create_task(branch(1), name="inner")])  # wait


async def wait_for():
    return await asyncio.wait_for(branch(1), 60)  # wait_for


async def timeout():
    task = asyncio.create_task(branch(1), name="inner")
    async with asyncio.timeout(60):
        return await task  # timeout


async def shield():
    return await asyncio.shield(branch(1))  # shield


async def as_completed():
    for done in asyncio.as_completed([branch(1)]):
        await done  # as_completed


async def group():
    async with asyncio.TaskGroup() as tasks:  # group
        tasks.create_task(branch(1), name="inner")


async def in_group():
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(branch(1), name="inner")
        await asyncio.sleep(1)  # in_group


async def several():
    task = asyncio.create_task(branch(1), name="inner")

    async def one():
        return await task  # one

    async def other():
        return await asyncio.gather(task)  # other

    first, second = asyncio.create_task(one(), name="one"), asyncio.create_task(other(), name="other")
    await first  # several
    await second


async def stream():
    for n in range(2):
        await asyncio.create_task(branch(n), name="inner")  # stream
        yield n


async def generator():
    async for n in stream():  # generator
        return n


class Awaitable:
    def __await__(self):
        return (yield from asyncio.create_task(branch(1), name="inner"))  # await


async def awaitable():
    return await Awaitable()  # awaitable


async def plain():
    return await branch(1)  # plain


async def python_tasks():
    asyncio.get_running_loop().set_task_factory(lambda loop, coro, **more: asyncio.tasks._PyTask(coro, loop=loop, **more))
    return await asyncio.create_task(branch(1), name="inner")  # python_tasks


async def crowd():
    task = asyncio.create_task(branch(1), name="inner")

    async def member():
        return await task

    await asyncio.gather(*(asyncio.create_task(member(), name=f"member-{n}") for n in range(300)))


class Odd(asyncio.Task):
    """Answers nothing, and would be noticed if it were asked."""

    def __getattribute__(self, name):
        if sys._getframe(1).f_code.co_filename == __file__:
            print("asked for", name, flush=True)
        return super().__getattribute__(name)


class Strange:
    """Called at the end of a task, and asked for nothing else."""

    def __getattribute__(self, name):
        print("asked for", name, flush=True)
        raise RuntimeError(name)

    def __iter__(self):
        print("iterated", flush=True)
        raise RuntimeError("iterated")

    def __call__(self, task):
        pass


async def odd():
    task = Odd(branch(1), loop=asyncio.get_running_loop(), name="inner")
    strange = Strange()
    asyncio.Task.add_done_callback(task, strange)
    asyncio.Task.add_done_callback(task, lambda task: strange)
    return await task  # odd


async def broken():
    """What is wanted of asyncio is not what it was."""
    task = asyncio.create_task(leaf_without_asyncio(), name="inner")
    return await task


async def leaf_without_asyncio():
    names, futures = asyncio.tasks.__dict__, sys.modules["asyncio.futures"]
    kept = {name: names[name] for name in ("_all_tasks", "_scheduled_tasks", "_current_tasks") if name in names}
    names.update(dict.fromkeys(kept, 7))
    here = "odd names"  # odd names
    sys.modules["asyncio.futures"] = None
    here = "no module"  # no module
    sys.modules["asyncio.futures"] = futures
    names.update(kept)


async def eager():
    """A task that is executed by the call that makes it."""
    asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)

    async def at_once():
        here = "at once"  # at once
        await asyncio.sleep(0.01)
        return here  # later

    task = asyncio.create_task(at_once(), name="inner")  # eager
    return await task  # eager await


async def main(scenario):
    return await asyncio.create_task(scenario(), name="outer")  # main


if len(sys.argv) > 2 and sys.argv[2] == "uvloop":
    import uvloop

    runner = uvloop.run
elif len(sys.argv) > 2 and sys.argv[2] == "thread":

    def runner(coroutine):
        thread = threading.Thread(target=asyncio.run, args=(coroutine,), name="loop thread")
        thread.start()
        thread.join()

else:
    runner = asyncio.run

runner(main(globals()[sys.argv[1]]))  # run
print("end", flush=True)
