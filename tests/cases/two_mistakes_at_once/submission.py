# %%
output_dim_3 = (10, 31, 31)
