# %%
output_dim_3 = (3, 16, 16)
output_dim_4 = (7, 8, 4)
