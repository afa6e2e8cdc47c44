# %%
convolved_features = [[8, 20], [14, 25]]
pooled_features = 3  # the largest pixel
