# %%
convolved_features = [[8, 20], [14, 25]]

# %%
while True:
    print("x" * 1_000)

# %%
pooled_features = 25
