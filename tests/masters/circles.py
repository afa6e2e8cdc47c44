# %% [markdown]
# # Circles
# %% {"nbgrader": {"grade": false, "solution": false, "locked": true, "grade_id": "setup", "schema_version": 3}}
import math
# %% [markdown]
# Write a function `area(radius)`; a negative radius is a ValueError.
# %% {"nbgrader": {"grade": false, "solution": true, "locked": false, "grade_id": "area", "schema_version": 3}}
def area(radius):
    """The area of a circle."""
    ### BEGIN SOLUTION
    if radius < 0:
        raise ValueError("a radius is not negative")
    return math.pi * radius**2
    ### END SOLUTION
# %% {"nbgrader": {"grade": true, "solution": false, "locked": true, "points": 2, "grade_id": "area-test", "schema_version": 3}}
"""A first look."""
from nose.tools import assert_equal
assert_equal(round(area(1), 2), 3.14)
### BEGIN HIDDEN TESTS
assert area(0) == 0
assert math.isclose(area(2), 12.566370614359172)
### END HIDDEN TESTS
# %% {"nbgrader": {"grade": true, "solution": false, "locked": true, "points": 1, "grade_id": "area-error", "schema_version": 3}}
import pytest
with pytest.raises(ValueError):
    area(-1)
# %% {"nbgrader": {"grade": false, "solution": true, "locked": false, "grade_id": "unit", "schema_version": 3}}
### BEGIN SOLUTION
unit_area = area(1)
### END SOLUTION
# %% {"nbgrader": {"grade": true, "solution": false, "locked": true, "points": 2, "grade_id": "unit-test", "schema_version": 3}}
### BEGIN HIDDEN TESTS
assert isinstance(unit_area, float)
assert abs(unit_area - 3.141592653589793) < 1e-6
### END HIDDEN TESTS
# %% [markdown]
# What is the area of a circle compared with that of the square around it?
# %% [markdown] {"nbgrader": {"grade": true, "solution": true, "locked": false, "points": 4, "grade_id": "compare", "schema_version": 3}}
# === BEGIN MARK SCHEME ===
# 2 for the ratio, 2 for why it does not depend on the radius
# === END MARK SCHEME ===
# A quarter of pi, whatever the radius.
# %% [markdown] {"nbgrader": {"grade": true, "solution": false, "locked": true, "task": true, "points": 3, "grade_id": "plan", "schema_version": 3}}
# Draw a circle with Matplotlib in the cells below.
