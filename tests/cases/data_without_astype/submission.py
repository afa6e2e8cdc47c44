# %%
import numpy as np
import torch
from torch import nn

# %%
data = np.load("mnist.npz")
images = torch.from_numpy(data["X_train"][:1000]).view(-1, 1, 28, 28)
labels = torch.from_numpy(data["y_train"][:1000])

# %%
net_conv = nn.Sequential(
    nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(8 * 12 * 12, 50), nn.ReLU(), nn.Linear(50, 10),
)
optimizer = torch.optim.Adam(net_conv.parameters(), lr=0.003)
for epoch in range(4):
    for start in range(0, len(images), 50):
        loss = nn.functional.cross_entropy(
            net_conv(images[start : start + 50]), labels[start : start + 50]
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
