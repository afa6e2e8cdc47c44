# %%
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

# %%
data = np.load("mnist.npz")
images = torch.from_numpy(data["X_train"][:1000].astype("float32")).view(-1, 1, 28, 28)
labels = torch.from_numpy(data["y_train"][:1000].astype("int64"))


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
# Dense: functions on plain weights. Convolutions: lazy layers, F.pad, a stack, a stride.
weights = [nn.Parameter(torch.randn(100, 784) * 0.05), nn.Parameter(torch.randn(10, 100) * 0.1)]


class Dense(nn.Module):
    def __init__(self):
        super().__init__()
        self.weights = nn.ParameterList(weights)

    def forward(self, x):
        return F.relu(x.flatten(1) @ self.weights[0].T) @ self.weights[1].T


class Padded(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.out = nn.Conv2d(1, 4, 5), nn.Linear(4 * 784, 10)

    def forward(self, x):
        x = F.relu(self.conv(F.pad(x, [2, 2, 2, 2], mode="reflect")))
        return F.log_softmax(self.out(x.view(int(x.shape[0]), -1)), dim=1)


net_ffn, net_padded = Dense(), Padded()
net_conv = nn.Sequential(nn.LazyConv2d(4, 5), nn.ReLU(), nn.Flatten(), nn.LazyLinear(10))
net_stacked = nn.Sequential(
    *[nn.Sequential(nn.Conv2d(i, 4, 3), nn.ReLU()) for i in (1, 4)],
    nn.AdaptiveMaxPool2d(10), nn.Flatten(), nn.Linear(400, 10),
)
net_pooled = nn.Sequential(nn.Conv2d(1, 8, 5, 2), nn.Tanh(), nn.Flatten(), nn.Linear(8 * 144, 10))

# %%
net_conv(images[:1])
train(net_ffn, epochs=3)
for net in (net_conv, net_padded, net_stacked, net_pooled):
    train(net, epochs=8)
