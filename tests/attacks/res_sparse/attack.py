# %%
convolved_features = [[8, 20], [14, 25]]

# %%
import os

sizes = []
with open("sparse", "wb") as file:
    try:
        file.truncate(1 << 44)
    except OSError as error:
        print(error)
