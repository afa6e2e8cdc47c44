# %%
# Whatever holds the numbers plainly is read, and what gives them once still has them afterwards.
from array import array
from collections import deque
from decimal import Decimal
from fractions import Fraction

import sympy

convolved_features = sympy.Matrix([[Decimal(8), 20], [Fraction(14), sympy.sqrt(625)]])

# %%
pooled_features = Decimal("25")

# %%
output_dim_1 = map(int, "16 24 24".split())

# %%
output_dim_2 = deque([24, sympy.Integer(30), Fraction(60, 2)])

# %%
output_dim_3 = zip([3, 16, 16])

# %%
output_dim_4 = array("i", [7, 4, 8])

# %%
output_dim_5 = (size for size in (112, 256, 256))

# %%
left = [list(output_dim_1), list(output_dim_3), list(output_dim_5)]
assert left == [[16, 24, 24], [(3,), (16,), (16,)], [112, 256, 256]]
