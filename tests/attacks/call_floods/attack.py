# %%
import sys
def prints():
    while True: print("MALLORY" + "-WON " * 10**5)
def returns(): return "x" * 10**8
def lists(): return [[0] * 1000] * 10**5
def deep():
    one = {}
    for _ in range(50_000): one = {"a": one}
    return one
def keys(): return {("k" * 10_000 + str(n)): "v" * 10_000 for n in range(2_000)}
def writes():
    for n in range(10**6):
        with open(f"{n}.bin", "wb") as file: file.write(bytes(10**6))
class Large(ValueError):
    def __str__(self): return "MALLORY" + "-WON " * 10**7
Large.__name__ = "L" * 10**6
def raises(): raise Large
def fine(): return 2
