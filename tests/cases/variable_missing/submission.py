# %%
convolved_feature = [[8, 20], [14, 25]]

# %%
pooled_features = 25

# %%
output_dim1 = (16, 24, 24)
