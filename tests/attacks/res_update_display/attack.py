# %%
convolved_features = [[8, 20], [14, 25]]

# %%
from IPython.display import HTML, display

handle = display(HTML("x"), display_id=True)
while True:
    handle.update(HTML("<b>" + "x" * 10_000))

# %%
pooled_features = 25
