"""Layers as attributes of a module, logits as scores: the style of the notebook."""

import torch
from torch import nn
from torch.nn.functional import relu


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_1 = nn.Conv2d(1, 16, 5)
        self.norm_1 = nn.BatchNorm2d(16)
        self.pool = nn.MaxPool2d(2)
        self.dropout_conv = nn.Dropout2d(0.2)
        self.l_1 = nn.Linear(16 * 12 * 12, 100)
        self.dropout_dense = nn.Dropout(0.5)
        self.l_out = nn.Linear(100, 10)

    def forward(self, x):
        x = self.dropout_conv(self.pool(relu(self.norm_1(self.conv_1(x)))))
        x = x.view(x.size(0), -1)
        return self.l_out(self.dropout_dense(relu(self.l_1(x))))


class NetWithoutConvolutionDropout(Net):
    def forward(self, x):
        x = self.pool(relu(self.norm_1(self.conv_1(x))))
        return self.l_out(self.dropout_dense(relu(self.l_1(torch.flatten(x, 1)))))


def build():
    return Net()


def broken():
    return NetWithoutConvolutionDropout()
