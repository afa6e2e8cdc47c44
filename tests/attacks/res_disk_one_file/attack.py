# %%
convolved_features = [[8, 20], [14, 25]]

# %%
import time

with open("big", "wb") as file:
    for _ in range(3_000):
        file.write(b"x" * 1_000_000)
time.sleep(2)
