# %% [raw]
# ASSIGNMENT CONFIG
strip_solutions_from_all_cells: true
environment: environment.yml
python_version: 3.11
# %% [markdown]
# # Series of numbers
# %% [raw]
# BEGIN QUESTION
name: q1
points:
  each: 1
# %% [markdown]
# Put the squares of 1 to 4 into a list, and those numbers with their squares into a dictionary.
# %% [raw]
# BEGIN SOLUTION
# %%
squares = [n**2 for n in range(1, 5)]  # SOLUTION
by_number = {n: n**2 for n in range(1, 5)}  # SOLUTION
shift = lambda n: n + 1  # SOLUTION
# %% [raw]
# END SOLUTION
# %% [raw]
# BEGIN TESTS
# %%
assert isinstance(squares, list) and len(squares) == 4
# %%
# HIDDEN
squares == [1, 4, 9, 16]
#> True
# %%
# HIDDEN
by_number
#> {1: 1, 2: 4, 3: 9, 4: 16}
# %%
# HIDDEN
callable(shift) and shift(3) == 4
#> True
# %% [raw]
# END TESTS
# %% [raw]
# END QUESTION
# %% [raw]
# BEGIN QUESTION
name: q2
points: 2
# %% [markdown]
# Which word describes a list that cannot be changed?
# %% [raw]
# BEGIN SOLUTION
# %%
word = "tuple"  # SOLUTION
# %% [raw]
# END SOLUTION
# %% [raw]
# BEGIN TESTS
# %%
import hashlib
digest = hashlib.sha256(word.lower().encode()).hexdigest()
assert digest.startswith("fb2c3dcbe")
# %% [raw]
# END TESTS
# %% [raw]
# END QUESTION
