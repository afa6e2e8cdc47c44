# %%
convolved_features = [[8, 20], [14, 25]]

# %%
import re

re.match("(a+)+$", "a" * 60 + "b")

# %%
pooled_features = 25
