# %%
import sys
sys.stdout = None
print("nobody reads this")
convolved_features = [[8, 20], [14, 25]]

# %%
sys.stdout = sys.stderr = None
pooled_features = 25
1 / 0

# %%
class Quiet:
    def write(self, text):
        return len(text)


sys.stdout = sys.stderr = Quiet()
print("nor this")
output_dim_1 = (16, 24, 24)

# %%
sys.stdout = open("log.txt", "w")
sys.stdout.close()
output_dim_2 = (24, 30, 30)

# %%
print("but this")
output_dim_3 = (3, 16, 16)
