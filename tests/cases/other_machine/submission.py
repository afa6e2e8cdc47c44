# %%
import locale
locale.setlocale(locale.LC_ALL, "xx_XX.UTF-8")
import numpy as np

# %%
def convolve():
    return np.array([[8, 20], [14, 25]])
features = convolve()

# %%
convolved_features = features

# %%
pooled_features = convolved_features.max()

# %%
def size():
    import plots_of_my_laptop
    return (16, 24, 24)
output_dim_1 = size()

# %%
output_dim_2 = [int(line) for line in open("/Users/ana/lab/sizes.txt")]

# %%
output_dim_3 = [int(line) for line in open("sizes.txt")]

# %%
output_dim_4 = (7, 4, 8) + 1

# %%
# What Matplotlib's animation.save("steps.mp4") raises where ffmpeg is missing.
raise ValueError("unknown file extension: .mp4")
output_dim_5 = (112, 256, 256)
