# %%
%load_ext a_formatter_of_mine
%my_own_magic --fast
import matplotlib.pyplot as plt
plt.style.use("a-style-of-2016")
plt.style.use("ggplot")
pooled_features = 25
size = 16
!echo {size} > size.txt

# %%
%time output_dim_1 = (int(open("size.txt").read()), 24, 24)
