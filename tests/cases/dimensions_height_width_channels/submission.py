# %%
output_dim_1 = (24, 24, 16)

# %%
output_dim_2 = (30, 30, 24)

# %%
output_dim_3 = (16, 16, 3)

# %%
output_dim_4 = (4, 8, 7)

# %%
output_dim_5 = (256, 256, 112)
