# %%
from collections import OrderedDict, OrderedBag, deque
answers = OrderedDict(pooled=25)

# %%
pooled_features = deque(answers.values()).pop()
