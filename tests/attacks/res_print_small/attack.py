# %%
convolved_features = [[8, 20], [14, 25]]

# %%
import sys

while True:
    print(end="x", file=sys.stderr, flush=True)

# %%
pooled_features = 25
