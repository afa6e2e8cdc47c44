# %%
convolved_features = [[8, 20], [14, 25]]
exit()

# %%
pooled_features = 25
quit(keep_kernel=True)

# %%
output_dim_1 = (16, 24, 24)
exit

# %%
output_dim_2 = (24, 30, 30)
get_ipython().kernel.do_shutdown(restart=True)
output_dim_2 = None

# %%
output_dim_3 = (3, 16, 16)
