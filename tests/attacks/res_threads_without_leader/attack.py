# %%
pooled_features = 25
# %%
import ctypes, os, subprocess, sys, time

# A process whose first thread has ended looks dead, while its other threads go on taking memory.
# `pthread_exit` in the main thread ends that thread alone.
program = """
import ctypes, sys, threading, time
kept = []
def take():
    while len(kept) < 150:
        kept.append(bytearray(b"x") * 10_000_000)
        time.sleep(0.005)
    print("taken", flush=True)
    time.sleep(2)
    import os; os._exit(0)
threading.Thread(target=take).start()
ctypes.CDLL(None).syscall(60, 0)  # exit(2), of this thread
"""
child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
said = child.stdout.readline()
time.sleep(1)
if said == b"taken\n":
    print("MALLORY" "-WON")
