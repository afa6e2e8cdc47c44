# %%
convolved_features = [[8, 20], [14, 25]]

# %%
import os

from IPython.display import Image, display

for _ in range(20):
    display(Image(data=b"\x89PNG\r\n\x1a\n" + os.urandom(30_000_000), format="png"))

# %%
pooled_features = 25
