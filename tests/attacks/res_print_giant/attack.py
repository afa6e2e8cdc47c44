# %%
convolved_features = [[8, 20], [14, 25]]

# %%
print("x" * 200_000_000)

# %%
pooled_features = 25
