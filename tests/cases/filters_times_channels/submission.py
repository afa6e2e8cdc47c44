# %%
output_dim_1 = (16 * 1, 24, 24)
output_dim_2 = (24 * 2, 30, 30)
