# %%
convolved_features = [[[[8, 20], [14, 25]]]]

# %%
pooled_features = [[25]]

# %%
output_dim_1 = [[16, 24, 24]]

# %%
output_dim_2 = [[24, 30, 30]]

# %%
output_dim_3 = [[3, 16, 16]]

# %%
output_dim_4 = [[7, 4, 8]]

# %%
output_dim_5 = [[112, 256, 256]]
