# %%
convolved_features = [[8, 20], [14, 25]]

# %%
import time

for n in range(300_000):
    open(f"f{n}", "w").close()
time.sleep(2)

# %%
pooled_features = 25
