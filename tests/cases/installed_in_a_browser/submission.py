# %%
import micropip
await micropip.install("pretty-plots-of-mine")
pooled_features = 25
# %%
output_dim_1 = (16, 24, 24)
import piplite
await piplite.install(["pretty-plots-of-mine"])
