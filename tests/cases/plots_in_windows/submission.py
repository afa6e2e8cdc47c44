# %%
%matplotlib widget
import matplotlib
matplotlib.use("TkAgg")
import matplotlib.pyplot as plt

# %%
%matplotlib qt5
%gui tk
plt.plot([1, 2])
plt.show()
assert "inline" in matplotlib.get_backend()
pooled_features = 25
