# %%
convolved_features = [[8, 20], [14, 25]]

# %%
pooled_features = float(input("Pooled feature? "))

# %%
output_dim_1 = (16, 24, 24)
