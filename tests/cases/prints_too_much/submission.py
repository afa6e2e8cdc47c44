# %%
convolved_features = [[8, 20], [14, 25]]
print("語\n" * 1_900_000)
for _ in range(30):
    print("a row of the data set\n" * 20_000)

# %%
from IPython.display import HTML
pooled_features = 25
HTML("<p>a table</p>" * 1_000_000)

# %%
from IPython.display import JSON, display

# Interactive charts are many small values.
for _ in range(60):
    display(JSON([{"x": [n, 0.1 * n], "y": {"é": "ü" * 40}} for n in range(600)]))

# %%
output_dim_1 = (16, 24, 24)
