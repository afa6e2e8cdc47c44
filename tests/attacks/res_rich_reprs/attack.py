# %%
convolved_features = [[8, 20], [14, 25]]

# %%
from IPython.display import display

nested = []
for _ in range(300):
    nested = [nested]
display({"application/json": nested}, raw=True)
# %%
class Endless:
    def __repr__(self):
        while True:
            pass


convolved_features = Endless()
Endless()

# %%
pooled_features = 25
