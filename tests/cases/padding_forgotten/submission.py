# %%
output_dim_3 = (3, 16, 16)
output_dim_4 = (7, 3, 7)
output_dim_5 = (112, 254, 254)
