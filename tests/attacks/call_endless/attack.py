# %%
import signal, time
def loop():
    while True: pass
def sleep():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True: time.sleep(10**6)
def ignore():
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    while True:
        try:
            while True: pass
        except BaseException:
            pass
class Items(list):
    def __iter__(self):
        while True: yield 1
def endless(): return Items([1])
class Shape:
    @property
    def shape(self):
        while True: pass
    tolist = dtype = None
def shape(): return Shape()
def fine(): return 2
