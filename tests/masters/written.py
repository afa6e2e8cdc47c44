# %% [markdown]
# ```otter
# # ASSIGNMENT CONFIG
# show_question_points: true
# seed:
#   variable: rng_seed
#   student_value: 42
#   autograder_value: 713
# plugins:
#   - gmail_notifications.Plugin
# ```
# # Chance
# %%
import otter
grader = otter.Notebook("written.ipynb")
# %%
import numpy as np
rng_seed = 7
rng = np.random.default_rng(rng_seed)
np.random.seed(3)  # SEED
# %% [markdown]
# ```otter
# # BEGIN QUESTION
# name: q1
# points: [1, 2]
# ```
# **Question 1.** Throw a die a thousand times. Which numbers can it show, and how often was it thrown?
#
# ```otter
# # BEGIN SOLUTION
# ```
# %%
throws = rng.integers(1, 7, size=1000)  # SOLUTION
faces = sorted(set(throws.tolist()))  # SOLUTION
# %% [raw]
# END SOLUTION
# %% [raw]
# BEGIN TESTS
# %%
len(throws)
#> 1000
# %%
# HIDDEN
assert faces == [1, 2, 3, 4, 5, 6]
assert 3 < np.mean(throws) < 4
# %% [raw]
# END TESTS
# %% [raw]
# END QUESTION
# %% [raw]
# BEGIN QUESTION
name: q2
manual: true
points: 3
export: true
# %% [markdown]
# **Question 2.** Why is the mean not exactly 3.5?
# %% [raw]
# BEGIN PROMPT
# %% [markdown]
# *Your answer, three sentences at most.*
# %% [raw]
# END PROMPT
# %% [raw]
# BEGIN SOLUTION
# %% [markdown]
# A thousand throws are a sample: their mean varies from one sample to the next.
# %% [raw]
# END SOLUTION
# %% [raw]
# END QUESTION
# %%
grader.export(pdf=False)
