"""Every thread waits for something that takes its time; a line on standard input ends it all."""

import os
import sys
import threading
import time

reader, writer = os.pipe()
lock = threading.Lock()
lock.acquire()


def sleeps():
    time.sleep(3600)  # sleeps


def locked():
    lock.acquire()  # locked


def reads():
    os.read(reader, 1)  # reads


for function in [sleeps, locked, reads]:
    threading.Thread(target=function, name=function.__name__, daemon=True).start()
print("asleep")
sys.stdin.readline()  # main
print("awake")
