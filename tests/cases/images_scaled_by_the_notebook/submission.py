# %%
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

# %%
data = np.load("mnist.npz")
digits = torch.from_numpy(data["X_train"].astype("float32")).view(-1, 1, 28, 28)
labels = torch.from_numpy(data["y_train"].astype("int64"))
mean, deviation = digits.mean(), digits.std()
loader = DataLoader(TensorDataset((digits - mean) / deviation, labels), 50, shuffle=True)

# %%
net_pooled = nn.Sequential(
    nn.Conv2d(1, 8, 5, stride=2), nn.ReLU(), nn.Conv2d(8, 16, 5, stride=2), nn.ReLU(), nn.Flatten(),
    nn.Linear(256, 10),
)
optimizer = torch.optim.Adam(net_pooled.parameters(), lr=0.002)
for epoch in range(3):
    for images, targets in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(net_pooled(images), targets).backward()
        optimizer.step()
