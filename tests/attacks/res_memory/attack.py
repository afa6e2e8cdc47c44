# %%
convolved_features = [[8, 20], [14, 25]]

# %%
hoard = []
for _ in range(40):
    hoard.append(bytearray(b"x" * 100_000_000))

# %%
pooled_features = 25
