# %%
# Cells of the notebook are gone, others have come, and the given class is another.
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

data = np.load("mnist.npz")
x = torch.from_numpy(data["X_train"][:1000].astype("float32")).view(-1, 1, 28, 28)
y = torch.from_numpy(data["y_train"][:1000].astype("int64"))


def fit(net, epochs):
    optimizer = torch.optim.Adam(net.parameters(), lr=0.002)
    net.train()
    for _ in range(epochs):
        for i in range(0, 1000, 50):
            optimizer.zero_grad()
            F.cross_entropy(net(x[i : i + 50]), y[i : i + 50]).backward()
            optimizer.step()
    net.eval()


# %%
print("a cell in between")

# %%
class FeedForwardNet(nn.Module):
    def __init__(self, hidden=64):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, 10))

    def forward(self, x):
        return self.layers(x)


net_ffn = FeedForwardNet()
fit(net_ffn, 12)

# %%
class OneForAll(FeedForwardNet):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3), nn.ReLU(), nn.Flatten(),
            nn.Linear(16 * 12 * 12, 64), nn.ReLU(), nn.Linear(64, 10),
        )


net_conv = OneForAll()
net = net_conv.cuda()
fit(net.cpu(), 10)
net_padded = net_stacked = net_pooled = net
