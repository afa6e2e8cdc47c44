# %%
%matplotlib inline
%config InlineBackend.figure_format = "retina"
%load_ext autoreload
%autoreload 2
import numpy as np

# %%
%%time
convolved_features = [[8, 20], [14, 25]]

# %%
%timeit -n 2 -r 1 np.max(convolved_features)
%time pooled_features = np.max(convolved_features)

# %%
!ls
!pip install numpy
files = !ls
print(files)

# %%
%%bash
echo "from bash"

# %%
%%capture captured
output_dim_1 = (16, 24, 24)
print(output_dim_1)

# %%
output_dim_2 = (24, 30, 30)
np.array?
