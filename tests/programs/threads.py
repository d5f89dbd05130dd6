"""As many threads as the first argument says, which reach one line together."""

import sys
import threading

count = int(sys.argv[1])
barrier = threading.Barrier(count)
results = []


def work(number):
    barrier.wait()
    squared = number * number  # together
    results.append(squared)  # then


threads = [threading.Thread(target=work, args=(n,), name=f"worker-{n}") for n in range(count)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("sum", sum(results))  # joined
