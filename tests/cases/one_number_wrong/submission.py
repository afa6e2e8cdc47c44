# %%
convolved_features = [[8, 20], [14, 24]]
pooled_features = 24
