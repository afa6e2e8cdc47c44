# %%
convolved_features = [[0, 1], [0, 6]]
