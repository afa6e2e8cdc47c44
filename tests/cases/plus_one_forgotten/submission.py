# %%
output_dim_1 = (16, 23, 23)
output_dim_2 = (24, 29, 29)
output_dim_3 = (3, 15, 15)
