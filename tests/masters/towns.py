# %% [raw]
# ASSIGNMENT CONFIG
name: towns
requirements: requirements.txt
export_cell:
  pdf: true
  instructions: Upload the zip.
check_all_cell: true
files:
  - data/towns.csv
generate:
  points_possible: 6
# %% [markdown]
# # Towns
# %%
import numpy as np
import pandas as pd

towns = pd.read_csv("towns.csv")
# %% [raw]
# BEGIN QUESTION
name: q1
points: 2
# %% [markdown]
# **Question 1.** How many people live in all of the towns together?
# %% [raw]
# BEGIN SOLUTION
# %%
total = towns["people"].sum()  # SOLUTION
total
# %% [raw]
# END SOLUTION
# %% [raw]
# BEGIN TESTS
# %%
total > 0
#> True
# %%
# HIDDEN
int(total)
#> 60
# %% [raw]
# END TESTS
# %% [raw]
# END QUESTION
# %% [raw]
# BEGIN QUESTION
name: q2
points: 3
# %% [markdown]
# **Question 2.** Make a table of the towns with more than 15 people, the largest first.
# %% [raw]
# BEGIN SOLUTION
# %%
# BEGIN SOLUTION NO PROMPT
large = towns[towns["people"] > 15].sort_values("people", ascending=False)
# END SOLUTION
""" # BEGIN PROMPT
large = ...
""" # END PROMPT
# %% [raw]
# END SOLUTION
# %% [raw]
# BEGIN TESTS
# %%
large.shape
#> (2, 2)
# %%
""" # BEGIN TEST CONFIG
hidden: true
points: 2
""" # END TEST CONFIG
assert list(large["town"]) == ["Cto", "Bmo"]
assert isinstance(large, pd.DataFrame)
# %%
# HIDDEN
for town in large["town"]:
    assert town in set(towns["town"])
# %% [raw]
# END TESTS
# %% [raw]
# END QUESTION
