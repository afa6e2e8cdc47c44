# %%
print("\ud800 \udcff \x00 \x1b[2J \u202e")
# %%
class Odd(Exception):
    def __str__(self):
        return "\ud800" * 1_000


raise Odd
# %%
type("\ud800", (Exception,), {})
raise type("\udfff" * 10, (Exception,), {})("\ud800")
# %%
pooled_features = "\ud800"
convolved_features = {"\ud800": "\x00"}
