# %% [markdown]
# **Answer:** the sums are 8 and 20 in the first row, 14 and 25 in the second

# %%
convolved_features = ...

# %%
pooled_features = 25

# %% [markdown]
# output_dim_1 = (16, 24, 24)

# %% [markdown]
# I have worked on this alone.
