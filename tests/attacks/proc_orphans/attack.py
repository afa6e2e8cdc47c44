# %%
import os
import time

folder = os.getcwd()
for wait in (0.0, 0.02, 0.3, 3.0):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(wait)
            for n in range(100):
                for place in ("/tmp", "/var/tmp", "/dev/shm", folder):
                    try:
                        open(f"{place}/MALLORY-{n}", "w").close()
                    except OSError:
                        pass
                time.sleep(0.1)
        os._exit(0)
# %%
time.sleep(0.5)
