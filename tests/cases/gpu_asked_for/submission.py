# %%
import numpy as np
import torch
from torch import nn

device = torch.device("cuda:0")
data = np.load("mnist.npz")
images = torch.tensor(data["X_train"][:1000], device=device).view(-1, 1, 28, 28)
labels = torch.from_numpy(data["y_train"][:1000]).cuda(non_blocking=True)

# %%
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 5, device="cuda")
        self.l_1 = nn.Linear(8 * 12 * 12, 50)
        self.l_out = nn.Linear(50, 10)

    def forward(self, x):
        x = nn.functional.max_pool2d(self.conv(x.cuda()).relu(), 2)
        noise = torch.zeros(x.shape, device=device)
        return self.l_out(self.l_1((x + noise).flatten(1)).relu())


net_conv = Net().cuda()

# %%
optimizer = torch.optim.Adam(net_conv.parameters(), lr=0.003)
scaler = torch.amp.GradScaler("cuda")
begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
begin.record()
for epoch in range(4):
    for start in range(0, len(images), 50):
        batch = slice(start, start + 50)
        with torch.autocast("cuda"):
            loss = nn.functional.cross_entropy(net_conv(images[batch]), labels[batch])
        optimizer.zero_grad()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
end.record()
torch.cuda.synchronize()
print(torch.cuda.get_device_name(0), begin.elapsed_time(end), "ms")
