# %%
convolved_features = [8, 20, 14, 25]
