# %% [raw]
# ASSIGNMENT CONFIG
init_cell: true
tests:
  ok_format: false
# %% [markdown]
# # Functions
# %% [raw]
# BEGIN QUESTION
name: q1
points: 4
all_or_nothing: true
# %% [markdown]
# Write a function `mean_error(y, t)` that gives the mean of the absolute differences.
# %% [raw]
# BEGIN SOLUTION
# %%
def mean_error(y, t):
    """The mean of the absolute differences of two lists of one length."""
    # BEGIN SOLUTION
    if len(y) != len(t):
        raise ValueError("lists of different lengths")
    return sum(abs(a - b) for a, b in zip(y, t)) / len(y)
    # END SOLUTION
# %% [raw]
# END SOLUTION
# %% [raw]
# BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
success_message: That is the mean error.
failure_message: Take the absolute value of each difference.
""" # END TEST CONFIG
def test_example(mean_error):
    """Is the error of the example right?"""
    expected = 2
    assert mean_error([0, 0], [1, -3]) == expected

test_example(mean_error)
# %%
""" # BEGIN TEST CONFIG
hidden: true
""" # END TEST CONFIG
def test_lengths(mean_error):
    try:
        mean_error([1], [1, 2])
    except ValueError:
        pass
    else:
        raise AssertionError("no error")
# %%
""" # BEGIN TEST CONFIG
hidden: true
""" # END TEST CONFIG
def test_near(mean_error):
    import math
    assert math.isclose(mean_error([0.1, 0.2], [0.3, 0.3]), 0.15, rel_tol=1e-6)
    assert abs(mean_error([1.0], [1.5]) - 0.5) < 1e-9
# %% [raw]
# END TESTS
# %% [raw]
# END QUESTION
