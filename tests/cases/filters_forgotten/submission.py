# %%
output_dim_1 = (24, 24)

# %%
output_dim_2 = (1, 30, 30)
output_dim_3 = (1, 16, 16)
