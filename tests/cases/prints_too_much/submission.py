# %%
convolved_features = [[8, 20], [14, 25]]
for _ in range(30):
    print("a row of the data set\n" * 20_000)

# %%
from IPython.display import HTML
pooled_features = 25
HTML("<p>a table</p>" * 1_000_000)

# %%
output_dim_1 = (16, 24, 24)
