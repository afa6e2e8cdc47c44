# %%
import ipywidgets as widgets
from ipywidgets import interact
box = widgets.Output()
with box:
    print("in the box")
box.clear_output()
display(box, widgets.IntSlider(3))

# %%
@interact(size=(2, 6))
def show(size=4):
    print("a square of", size)
    return size * size

# %%
bar = widgets.IntProgress(max=3)
display(bar)
for bar.value in range(4):
    pass
bar.close()
convolved_features = [[8, 20], [14, 25]]

# %%
pooled_features = 25
output_dim_1 = (16, 24, 24)
output_dim_2 = (24, 30, 30)
output_dim_3 = (3, 16, 16)
output_dim_4 = (7, 4, 8)
output_dim_5 = (112, 256, 256)
