# %%
convolved_features = [[8.0, 20.0], [14.0, 25.0]]

# %%
pooled_features = 25.

# %%
output_dim_1 = (16.0, 24.0, 24.0)

# %%
output_dim_2 = (24.0, 30.0, 30.0)

# %%
output_dim_3 = (3.0, 16.0, 16.0)

# %%
output_dim_4 = (7.0, 4.0, 8.0)

# %%
output_dim_5 = (112.0, 256.0, 256.0)
