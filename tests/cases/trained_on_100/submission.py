# %%
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

# %%
data = np.load("mnist.npz")
images = torch.from_numpy(data["X_train"][:100].astype("float32")).view(-1, 1, 28, 28)
labels = torch.from_numpy(data["y_train"][:100].astype("int64"))


def train(net, epochs):
    optimizer = torch.optim.Adam(net.parameters(), lr=0.002)
    for epoch in range(epochs):
        net.train()
        for start in range(0, len(images), 50):
            optimizer.zero_grad()
            scores = net(images[start : start + 50])
            F.cross_entropy(scores, labels[start : start + 50]).backward()
            optimizer.step()
    net.eval()


# %%
class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 5)
        self.pool = nn.MaxPool2d(2)
        self.l_1 = nn.Linear(8 * 12 * 12, 50)
        self.l_out = nn.Linear(50, 10)

    def forward(self, x):
        x = self.pool(F.relu(self.conv(x)))
        return self.l_out(F.relu(self.l_1(x.flatten(1))))


net_conv = ConvNet()

# %%
train(net_conv, epochs=50)
