# %%
def out(size, kernel, stride, padding):
    return (size + padding - kernel) // stride + 1

# %%
output_dim_4 = (7, out(8, 3, 2, 1), out(16, 3, 2, 1))
output_dim_5 = (112, out(256, 3, 1, 1), out(256, 3, 1, 1))
