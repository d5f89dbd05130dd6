"""Coroutines, tasks, async generators, async contexts, awaits in comprehensions."""

import asyncio


async def hopper(count):
    seen = 0  # times 12
    while seen < count:  # times 72
        await asyncio.sleep(0)  # times 60
        seen += 1  # times 60
    return seen  # times 12


async def crowd(rounds):
    total = 0
    for _ in range(rounds):  # times 4
        total += sum(await asyncio.gather(*(hopper(5) for _ in range(4))))  # one line, many suspensions
    return total


async def ticker(count):
    try:
        for n in range(count):  # times 14
            yield n  # times 12
            await asyncio.sleep(0)  # times 11
    finally:
        await asyncio.sleep(0)  # times 3
        print("closed", count)  # times 3


class Gate:
    async def __aenter__(self):
        await asyncio.sleep(0)  # times 2
        return self  # times 2

    async def __aexit__(self, *details):
        await asyncio.sleep(0)  # times 2
        return True  # times 2


async def listening():
    seen = []
    async for n in ticker(5):  # times 6
        seen.append(n)  # times 5
    seen += [n async for n in ticker(5)]  # an asynchronous comprehension
    seen += [await hopper(0) for _ in range(0)]
    source = ticker(9)
    async for n in source:
        if n == 1:  # times 2
            break  # times 1
    await source.aclose()  # times 1
    return seen


async def gated(fails):
    async with Gate() as gate:
        if fails:  # times 2
            raise ValueError(gate)  # times 1
        return "through"  # times 1
    return "caught"  # times 1


async def cancelled():
    try:
        await asyncio.sleep(3600)  # times 1
    except asyncio.CancelledError:  # times 1
        await asyncio.sleep(0)  # times 1
        raise  # times 1


async def racing():
    task = asyncio.create_task(cancelled())
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task  # times 1
    except asyncio.CancelledError:  # times 1
        return "cancelled"  # times 1


async def comprehending():
    async def double(n):
        await asyncio.sleep(0)  # times 9
        return n * 2  # times 9

    listed = [
        await double(n)  # an await as the element
        for n in range(3)
    ]
    mapped = {
        n: await double(n)  # an await as the value
        for n in listed
    }
    return [
        n
        for n in mapped
        if await double(n)  # an await as the condition
    ]


async def main():
    print(await crowd(3), await listening(), await gated(False), await gated(True))
    print(await racing(), await comprehending())


asyncio.run(main())
