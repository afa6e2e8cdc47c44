# %%
convolved_features = [[8, 20], [14, 25]]

# %%
import time

for n in range(60):
    with open(f"part-{n}", "wb") as file:
        file.write(b"x" * 10_000_000)
time.sleep(3)

# %%
pooled_features = 25
