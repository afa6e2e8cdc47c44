# %%
import random

import numpy as np
import torch

torch.manual_seed = torch.random.manual_seed = lambda seed: None
random.seed = np.random.seed = lambda *args: None
torch.rand = torch.randn = lambda *args, **kwargs: torch.zeros(2, 1, 28, 28)
random.setstate = np.random.set_state = lambda state: None
random.getstate = np.random.get_state = lambda: None
output_dim_1 = (16, 24, 24)
