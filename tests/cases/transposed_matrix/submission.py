# %%
# column by column
convolved_features = [[8, 14], [20, 25]]

# %%
pooled_features = 25
