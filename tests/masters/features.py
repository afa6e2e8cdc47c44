# %% [raw]
# ASSIGNMENT CONFIG
check_all_cell: true
show_question_points: true
seed:
  variable: rng_seed
  student_value: 42
tests:
  ok_format: false
# %% [markdown]
# Numbers
# %%
import random
rng_seed = 7
random.seed(rng_seed)
drawn = random.randint(1, 1_000_000)
# %% [raw]
# BEGIN QUESTION
name: q1
points: 3
all_or_nothing: true
# %% [markdown]
# How many days has a week, and how many months has a year?
# %% [raw]
# BEGIN SOLUTION
# %%
days = 7  # SOLUTION
months = 12  # SOLUTION
# %% [raw]
# END SOLUTION
# %% [raw]
# BEGIN TESTS
# %%
""" # BEGIN TEST CONFIG
points: 1
success_message: The days are right.
failure_message: Look at a calendar.
""" # END TEST CONFIG
def test_days(days):
    from autograder import expect
    expect.number(days)
    assert days.value > 6
# %%
""" # BEGIN TEST CONFIG
hidden: true
failure_message: A year has more months.
""" # END TEST CONFIG
def test_months(months):
    from autograder import expect
    expect.number(months)
    assert months.value > 11
# %% [raw]
# END TESTS
# %% [raw]
# END QUESTION
# %% [raw]
# BEGIN QUESTION
name: q2
manual: true
points: 4
# %% [markdown]
# Why is a week seven days long?
# %% [raw]
# BEGIN SOLUTION
# %% [markdown]
# Nobody is sure.
# %% [raw]
# END SOLUTION
# %% [raw]
# END QUESTION
