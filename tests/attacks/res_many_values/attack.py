# %%
# Two bytes each on the way, and a kilobyte in the memory of whoever makes an output of them.
from IPython.display import display

for _ in range(3):
    display({"application/x-many": [{}] * 800_000, "text/plain": "many"}, raw=True)
# %%
output_dim_1 = (16, 24, 24)
