"""Coroutines and asynchronous generators that really suspend."""

import asyncio


async def fetch(n):
    await asyncio.sleep(0.001)  # suspended
    return n * 10  # fetched


async def numbers():
    for n in range(2):
        await asyncio.sleep(0)
        yield n  # yielded


async def main():
    total = 0  # begin
    value = await fetch(1)  # await
    total += value  # awaited
    async for n in numbers():  # async-for
        total += n  # each
    several = await asyncio.gather(fetch(2), fetch(3))  # gather
    total += sum(several)  # gathered
    print("total", total)  # end


asyncio.run(main())  # run
