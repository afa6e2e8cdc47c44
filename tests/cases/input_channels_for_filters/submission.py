# %%
output_dim_1 = (1, 24, 24)
output_dim_2 = (2, 30, 30)
output_dim_3 = (10, 16, 16)
output_dim_4 = (11, 4, 8)
output_dim_5 = (128, 256, 256)
