# %%
import atexit
import os
import signal
import threading
import time


class Sticky:
    def __del__(self):
        time.sleep(1000)


def change_later():
    time.sleep(0.3)
    while True:
        globals()["pooled_features"] = 25
        time.sleep(0.01)


sticky = Sticky()
atexit.register(time.sleep, 1000)
threading.Thread(target=change_later).start()
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
# %%
del sticky
