# %%
import pandas as pd
class Table(pd.DataFrame):
    def __repr__(self): raise SystemExit
    def _repr_html_(self): raise SystemExit
    def __eq__(self, other): return True
    def equals(self, other): return True
    @property
    def shape(self): return (1, 1)
    def __len__(self):
        while True: pass
class Wide(pd.DataFrame):
    @property
    def columns(self): return ["price"] * 10**9
def table(): return Table({"price": [1.0]})
def endless():
    return Wide({"price": [3.5]})
def large(): return pd.DataFrame({"price": range(10**6)})
def deep():
    one = []
    for _ in range(10_000): one = [one]
    return pd.Series([one])
