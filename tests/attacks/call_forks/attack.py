# %%
import os, time
def many():
    for _ in range(100):
        if os.fork() == 0:
            os.setsid()
            time.sleep(10**6)
    time.sleep(10**6)
def daemon():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(1)
            os.system("echo MALLORY" + "-WON > /tmp/MALLORY-WON")
            time.sleep(10**6)
        os._exit(0)
    return 4
