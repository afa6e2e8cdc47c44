# %%
# maximum of every 2x2 block of the image
pooled_features = [[0, 2],
                   [1, 3]]
