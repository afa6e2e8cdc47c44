# %%
import io
import torch
from torch import nn

assert not torch.cuda.is_available() and torch.cuda.device_count() == 0
assert not torch.backends.mps.is_available()

# %%
places = ["cuda", "cuda:1", "mps", torch.device("cuda"), torch.device("mps"), 0]
for place in places:
    assert torch.ones(2, device=place).sum().item() == 2
    assert torch.ones(2).to(place).device.type == "cpu"
    assert nn.Linear(2, 2).to(place).weight.device.type == "cpu"
    assert nn.BatchNorm2d(3, device=place).weight.device.type == "cpu"
    assert torch.zeros(1).to(device=place, dtype=torch.float64).dtype == torch.float64
    assert torch.rand(2, generator=torch.Generator(device=place)).shape == (2,)
pooled_features = 25

# %%
assert torch.zeros(1).to(torch.ones(2, dtype=torch.int)).dtype == torch.int
assert torch.zeros(1).new_ones(2, device="cuda").sum() == 2
assert torch.cuda.FloatTensor([1.0]).type("torch.cuda.DoubleTensor").dtype == torch.float64
assert isinstance(torch.default_generator, torch.Generator)
with torch.device("cuda"):
    assert torch.arange(3).sum() == 3
torch.set_default_device("mps")
assert nn.Conv2d(1, 2, 3)(torch.zeros(1, 1, 5, 5)).shape == (1, 2, 3, 3)
torch.set_default_device("cpu")
with torch.cuda.stream(torch.cuda.Stream()):
    assert torch.zeros(2).pin_memory().cuda().shape == (2,)
torch.cuda.set_device("cuda:0"), torch.mps.synchronize(), torch.cuda.reset_peak_memory_stats()
assert nn.DataParallel(nn.Linear(2, 3)).cuda()(torch.zeros(1, 2)).shape == (1, 3)
output_dim_1 = (16, 24, 24)

# %%
file = io.BytesIO()
torch.save(nn.Linear(2, 2).cuda().state_dict(), file)
file.seek(0)
assert set(torch.load(file, map_location="cuda")) == {"weight", "bias"}
output_dim_2 = (24, 30, 30)
