# %% [raw]
# ASSIGNMENT CONFIG
init_cell: true
tests:
  ok_format: false
# %% [markdown]
# # A matrix and a number
# %% [raw]
# BEGIN QUESTION
name: q1_1_1
# %% [markdown]
# Which matrix is it?
# %% [raw]
# BEGIN SOLUTION
# %%
convolved_features = [[8, 20], [14, 25]]  # SOLUTION
# %% [raw]
# END SOLUTION
# %% [raw]
# BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 0
hidden: false
""" # END TEST CONFIG
def test_shape(convolved_features):
    """Is it a matrix?"""
    from autograder import expect
    expect.numbers(convolved_features, shape=(2, 2))
# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
""" # END TEST CONFIG
def test_value(convolved_features):
    """Is it the right one?"""
    from autograder import expect
    expect.equal(convolved_features, [[8, 20], [14, 25]])
# %% [raw]
# END TESTS
# %% [raw]
# END QUESTION
# %% [raw]
# BEGIN QUESTION
name: q1_1_2
# %% [markdown]
# What is the largest number in it?
# %% [raw]
# BEGIN SOLUTION
# %%
pooled_features = 25  # SOLUTION
# %% [raw]
# END SOLUTION
# %% [raw]
# BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 0
hidden: false
""" # END TEST CONFIG
def test_shape(pooled_features):
    """Is it a number?"""
    from autograder import expect
    expect.number(pooled_features)
# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
""" # END TEST CONFIG
def test_value(pooled_features):
    """Is it the right one?"""
    from autograder import expect
    expect.equal(pooled_features, 25)
# %% [raw]
# END TESTS
# %% [raw]
# END QUESTION
