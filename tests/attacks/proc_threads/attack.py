# %%
convolved_features = [[8, 20], [14, 25]]

# %%
import threading
import time

for _ in range(3_000):
    threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
time.sleep(30)

# %%
pooled_features = 25
