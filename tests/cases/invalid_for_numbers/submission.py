# %%
output_dim_4 = "the kernel does not fit"
