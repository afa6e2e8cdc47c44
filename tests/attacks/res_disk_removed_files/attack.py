# %%
convolved_features = [[8, 20], [14, 25]]

# %%
import mmap
import os
import time

kept = []
for n in range(40):
    file = open(f"part-{n}", "w+b")
    os.unlink(file.name)
    if n % 2:
        file.truncate(10_000_000)
        kept.append(mmap.mmap(file.fileno(), 10_000_000))
        kept[-1][:] = b"x" * 10_000_000
        file.close()
    else:
        file.write(b"x" * 10_000_000)
        kept.append(file)
time.sleep(3)

# %%
pooled_features = 25
