"""Ways through tasks, one scenario for each, chosen by the first argument; the second chooses how it is run."""

import asyncio
import contextlib
import sys
import threading


async def worker(n):
    total = n  # w1
    await asyncio.sleep(0.01)  # w2
    total += 1  # w3
    await asyncio.sleep(0)  # w4
    total += 1  # w5
    return total  # w6


async def same_code():
    """Several tasks in the same code at the same time."""
    await asyncio.gather(worker(1), worker(2), worker(3))  # sc
    return 0


async def fill(future):
    for n in range(5):
        await asyncio.sleep(0)
        n += 1  # noise
    future.set_result(7)  # filled


async def bare():
    """A future awaited without a coroutine in between, while another task runs."""
    future = asyncio.get_running_loop().create_future()
    other = asyncio.create_task(fill(future))
    x = 1  # b1
    value = await future  # b2
    x += value  # b3
    await other  # b4
    return x  # b5


async def fetch(n):
    await asyncio.sleep(0.001)  # a1
    return n * 2  # a2


async def calls():
    other = asyncio.create_task(worker(5))
    first = await fetch(1)  # c1
    second = await fetch(first)  # c2
    await asyncio.sleep(0.05)  # c3
    return first + second + await other  # c4


async def two_on_a_line():
    other = asyncio.create_task(worker(5))
    pair = await fetch(1), await fetch(2)  # y1
    await other  # y2
    return pair


async def timed_out():
    noise = asyncio.create_task(worker(1), name="noise")
    try:
        async with asyncio.timeout(0.005):  # o1
            await asyncio.sleep(60)  # o2
    except TimeoutError:  # o3
        here = "timed out"  # o4
    await noise


async def group_fails():
    noise = asyncio.create_task(worker(1), name="noise")
    try:
        async with asyncio.TaskGroup() as group:  # h1
            group.create_task(failing())
            await asyncio.sleep(60)  # h2
    except* KeyError as errors:  # h3
        caught = errors  # h4
    await noise  # h5


def two_loops():
    other = threading.Thread(target=asyncio.run, args=(same_code(),))
    other.start()

    async def here():
        await same_code()
        other.join()

    return here()


async def task_of_its_own():
    task = asyncio.create_task(fetch(3), name="inner")
    noise = asyncio.create_task(worker(1), name="noise")
    twice = await task  # t1
    twice += 1  # t2
    await noise
    return twice


async def gathered():
    noise = asyncio.create_task(worker(1), name="noise")
    both = await asyncio.gather(fetch(3), asyncio.sleep(0.02))  # g1
    both.append(1)  # g2
    await noise
    return both


async def grouped():
    noise = asyncio.create_task(worker(1), name="noise")
    async with asyncio.TaskGroup() as group:  # tg1
        group.create_task(fetch(3))  # tg2
        group.create_task(asyncio.sleep(0.02))  # tg3
    await noise  # tg4


async def timed():
    noise = asyncio.create_task(worker(1), name="noise")
    value = await asyncio.wait_for(fetch(3), 60)  # wf1
    value += 1  # wf2
    await noise
    return value


async def forgotten():
    """A task that nobody awaits."""
    asyncio.create_task(fetch(3), name="inner")
    for n in range(30):
        await asyncio.sleep(0.002)
        n += 1  # other


async def failing():
    await asyncio.sleep(0.001)  # f1
    raise KeyError("on purpose")  # f2


async def failed():
    noise = asyncio.create_task(worker(1), name="noise")
    task = asyncio.create_task(failing())
    try:
        await task  # d1
    except KeyError as error:  # d2
        caught = error  # d3
    await noise
    return caught


async def patient():
    try:
        await asyncio.sleep(60)  # p1
        return 1
    except asyncio.CancelledError:  # p2
        here = "cancelled"  # p3
        raise  # p4


async def cancelled():
    noise = asyncio.create_task(worker(1), name="noise")
    task = asyncio.create_task(patient())
    await asyncio.sleep(0.005)
    task.cancel()
    try:
        await task  # k1
    except asyncio.CancelledError:  # k2
        await noise  # k3


async def numbers():
    for n in range(2):  # n0
        await asyncio.sleep(0.001)  # n1
        yield n  # n2


@contextlib.asynccontextmanager
async def manager():
    await asyncio.sleep(0.001)  # m1
    yield 5  # m2
    await asyncio.sleep(0.001)  # m3


async def syntax():
    noise = asyncio.create_task(worker(1), name="noise")
    total = 0  # s1
    async for n in numbers():  # s2
        total += n  # s3
    async with manager() as value:  # s4
        total += value  # s5
    squares = [n * n async for n in numbers()]  # s6
    doubled = [await fetch(n) for n in squares]  # s7
    async for n in numbers():  # s8
        break  # s9
    await noise  # s10
    return total + sum(doubled)


async def loop_end():
    value = await fetch(2)  # le1
    return value  # le2


def thread_work(n):
    n += 1  # tw1
    return n  # tw2


async def in_a_thread():
    other = asyncio.create_task(worker(1))
    value = await asyncio.to_thread(thread_work, 1)  # th1
    value += await other  # th2
    return value


async def never():
    future = asyncio.get_running_loop().create_future()

    async def stuck():
        x = 1  # v1
        await future  # v2
        return x

    task = asyncio.create_task(stuck(), name="stuck")
    stop = asyncio.Event()

    def listen():
        sys.stdin.readline()
        loop.call_soon_threadsafe(stop.set)

    loop = asyncio.get_running_loop()
    threading.Thread(target=listen, daemon=True).start()
    while not stop.is_set():
        await asyncio.sleep(0.01)  # ticking
        print("tick", flush=True)
    task.cancel()


async def eager():
    asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
    noise = asyncio.create_task(worker(1))
    task = asyncio.create_task(fetch(3))  # e1
    value = await task  # e2
    done = asyncio.create_task(at_once())  # e3
    value += await done  # e4
    await noise
    return value


async def at_once():
    return 1  # o1


def python_tasks(loop, coroutine, **more):
    return asyncio.tasks._PyTask(coroutine, loop=loop, **more)


async def with_python_tasks(scenario):
    asyncio.get_running_loop().set_task_factory(python_tasks)
    return await asyncio.create_task(scenario)


scenario = globals()[sys.argv[1]]()
how = sys.argv[2] if len(sys.argv) > 2 else ""
if how == "uvloop":
    import uvloop

    result = uvloop.run(scenario)  # run
elif how == "anyio":
    import anyio

    async def in_anyio():
        async with anyio.create_task_group() as group:
            group.start_soon(lambda: scenario)

    result = anyio.run(in_anyio)
elif how == "python":
    result = asyncio.run(with_python_tasks(scenario))
else:
    result = asyncio.run(scenario)  # run
print("result", result)  # end
