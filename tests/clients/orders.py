"""Prices the orders of a shop: the program that the clients in this folder debug.

The first argument is the way to the debugger, `dapstub` or `debugpy`: then `import debugpy` means dapstub. The second says
what happens once the input says `go`: `price` the orders, `fail` in the end.
"""

import json
import os
import sys
import threading
from dataclasses import dataclass
from decimal import Decimal

sys.path.insert(0, os.environ["DAPSTUB_STAGED"])
import dapstub

if sys.argv[1] == "debugpy":
    dapstub.install_as_debugpy()
    import debugpy
else:
    debugpy = dapstub

ORDERS = '[{"name": "lamp", "price": "19.90", "count": 2}, {"name": "desk", "price": "240.00", "count": 1}]'


@dataclass
class Order:
    name: str
    price: Decimal
    count: int

    def total(self):
        return self.price * self.count  # total


def read(text):
    orders = []
    for entry in json.loads(text):
        order = Order(entry["name"], Decimal(entry["price"]), int(entry["count"]))
        orders.append(order)  # append
    return orders


def price(orders):
    sums = {}
    for order in orders:
        total = order.total()  # call
        sums[order.name] = total  # sum
    return sums


def fail(orders):
    missing = orders[len(orders)]  # fail
    return missing


def main(task):
    orders = read(ORDERS)
    keeper = threading.Thread(target=sys.stdin.readline, name="keeper", daemon=True)
    keeper.start()
    print("waiting", flush=True)
    keeper.join()
    print("priced", len(price(orders)))
    if task == "fail":
        fail(orders)
    print("done")


print("listening", debugpy.listen(("127.0.0.1", 0))[1], flush=True)
debugpy.wait_for_client()
main(sys.argv[2])
