# %%
convolved_features = [[8, 20], [14]]

# %%
output_dim_1 = (16, (24, 24))
