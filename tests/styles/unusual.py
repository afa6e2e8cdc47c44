"""Networks that are right, and written as few students would write them."""

import math
import types

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from styles import module


class KeepsActivations(module.Net):
    """Stores what its layers gave, for pictures; some of it still with its gradient."""

    def forward(self, x):
        self.seen = [x, self.conv_1(x)]
        self.last = super().forward(x)
        return self.last


class FixedBatch(module.Net):
    def forward(self, x):
        x = self.dropout_conv(self.pool(torch.relu(self.norm_1(self.conv_1(x)))))
        x = x.view(2, 2304)
        return self.l_out(self.dropout_dense(torch.relu(self.l_1(x))))


class BatchAsInteger(module.Net):
    def forward(self, x):
        count = int(x.shape[0])
        x = self.dropout_conv(self.pool(torch.relu(self.norm_1(self.conv_1(x)))))
        x = self.l_out(self.dropout_dense(torch.relu(self.l_1(x.view(count, 2304)))))
        return x.reshape(count, 10)


class Prints(module.Net):
    def forward(self, x):
        print("input", x.size())  # noqa: T201
        x = super().forward(x)
        print("output", x.size())  # noqa: T201
        return x


class Branches(module.Net):
    """Plain Python control flow, on shapes and on numbers."""

    def forward(self, x):
        if x.dim() == 3:
            x = x.unsqueeze(1)
        if x.max() > 1:
            x = x / 255
        for layer in (self.conv_1, self.norm_1, torch.relu, self.pool, self.dropout_conv):
            x = layer(x)
        x = x.flatten(1)
        while x.shape[1] > 100:
            x = self.dropout_dense(torch.relu(self.l_1(x)))
        return self.l_out(x)


class ConvertsInput(module.Net):
    """Takes care of type and device by itself."""

    def forward(self, x):
        x = torch.as_tensor(x, dtype=torch.float32).to(self.l_out.weight.device)
        return super().forward((x - 0.1307) / 0.3081)


class StandardisesEachImage(module.Net):
    def forward(self, x):
        mean, std = x.mean((2, 3), keepdim=True), x.std((2, 3), keepdim=True)
        return super().forward((x - mean) / std)


class OwnDropout(module.Net):
    """Dropout as textbooks write it: a mask of random zeros and ones."""

    def drop(self, x, p):
        if not self.training:
            return x
        mask = (torch.rand(x.shape, device=x.device) > p).float()
        return mask * x / (1 - p)

    def forward(self, x):
        x = self.drop(self.pool(torch.relu(self.norm_1(self.conv_1(x)))), 0.2)
        x = self.drop(torch.relu(self.l_1(x.flatten(1))), 0.5)
        return self.l_out(x)


class OwnDropoutByBernoulli(OwnDropout):
    def drop(self, x, p):
        if self.training:
            x = torch.where(torch.bernoulli(torch.full_like(x, p)).bool(), 0.0, x) / (1 - p)
        return x


class OwnBatchNorm(nn.Module):
    """Batch normalisation as textbooks write it; gradients switched off mean evaluation."""

    def __init__(self, channels):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(1, channels, 1, 1))
        self.beta = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.moving_mean = torch.zeros(1, channels, 1, 1)
        self.moving_var = torch.ones(1, channels, 1, 1)

    def uses_the_batch(self):
        return torch.is_grad_enabled()

    def forward(self, x):
        if self.uses_the_batch():
            mean = x.mean(dim=(0, 2, 3), keepdim=True)
            var = ((x - mean) ** 2).mean(dim=(0, 2, 3), keepdim=True)
            self.moving_mean = 0.9 * self.moving_mean + 0.1 * mean.detach()
            self.moving_var = 0.9 * self.moving_var + 0.1 * var.detach()
        else:
            mean, var = self.moving_mean, self.moving_var
        return self.gamma * (x - mean) / torch.sqrt(var + 1e-5) + self.beta


class OwnBatchNormByMode(OwnBatchNorm):
    def uses_the_batch(self):
        return self.training


class OwnBatchNormInRows(nn.Module):
    """Statistics in rows, changed in place and given their axes where they are used."""

    def __init__(self, channels):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(channels))
        self.beta = nn.Parameter(torch.zeros(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("var", torch.ones(channels))

    def forward(self, x):
        mean, var = self.mean, self.var
        if self.training:
            mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
            with torch.no_grad():
                self.mean.mul_(0.9).add_(0.1 * mean)
                self.var.mul_(0.9).add_(0.1 * var)
        x = (x - mean[None, :, None, None]) / torch.sqrt(var[None, :, None, None] + 1e-5)
        return x * self.gamma.view(1, -1, 1, 1) + self.beta.view(1, -1, 1, 1)


class CompiledForward(module.Net):
    @torch.compile(backend="eager")
    def forward(self, x):
        return super().forward(x)


class AuxiliaryOutput(module.Net):
    """An auxiliary output in training mode only."""

    def forward(self, x):
        scores = super().forward(x)
        return (scores, scores * 2)[0] if self.training else scores


def own_batch_norm(layer):
    net = module.Net()
    net.norm_1 = layer(16)
    return net


def uncopyable():
    """Holds what cannot be copied: a Python module and a generator."""
    net = module.Net()
    net.library = np
    net.counter = (i for i in range(3))
    net.helpers = types.SimpleNamespace(root=math.sqrt)
    return net


def with_hook():
    net = module.Net()
    net.conv_1.register_forward_hook(lambda layer, inputs, output: HOOKED.append(output.shape))
    return net


HOOKED = []


def plain_function():
    """Layers in variables, called by a function."""
    convolution, norm = nn.Conv2d(1, 16, 5), nn.BatchNorm2d(16)
    dense = [nn.Linear(2304, 100), nn.Linear(100, 10)]
    drop = nn.Dropout(0.5)

    def net(x):
        x = drop(F.max_pool2d(F.relu(norm(convolution(x))), 2))
        return dense[1](drop(F.relu(dense[0](x.flatten(1)))))

    net.train = lambda: [part.train() for part in (norm, drop)]
    net.eval = lambda: [part.eval() for part in (norm, drop)]
    return net


def einsum():
    class Net(module.Net):
        def forward(self, x):
            x = self.dropout_conv(self.pool(F.gelu(self.norm_1(self.conv_1(x)))))
            x = torch.einsum("ni,oi->no", x.flatten(1), self.l_1.weight) + self.l_1.bias
            return self.dropout_dense(F.leaky_relu(x)) @ self.l_out.weight.T

    return Net()


def normed(function):
    net = module.Net()
    net.conv_1 = function(net.conv_1)
    net.l_1 = function(net.l_1)
    return net


def dense_as_convolution():
    """The dense layers are convolutions that fill their input."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 5), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout2d(0.2),
        nn.Conv2d(16, 100, 12), nn.ReLU(), nn.Dropout(), nn.Conv2d(100, 10, 1), nn.Flatten(),
    )  # fmt: skip


def build():
    """The networks by what is unusual about them."""
    parametrizations = torch.nn.utils.parametrizations
    return {
        "keeps activations": KeepsActivations(),
        "fixed batch": FixedBatch(),
        "batch as integer": BatchAsInteger(),
        "prints": Prints(),
        "branches": Branches(),
        "converts input": ConvertsInput(),
        "standardises each image": StandardisesEachImage(),
        "own dropout": OwnDropout(),
        "own dropout by bernoulli": OwnDropoutByBernoulli(),
        "own batch norm by gradient": own_batch_norm(OwnBatchNorm),
        "own batch norm by mode": own_batch_norm(OwnBatchNormByMode),
        "own batch norm in rows": own_batch_norm(OwnBatchNormInRows),
        "auxiliary output": AuxiliaryOutput(),
        "uncopyable": uncopyable(),
        "hook": with_hook(),
        "function": plain_function(),
        "einsum": einsum(),
        "weight norm": normed(parametrizations.weight_norm),
        "spectral norm": normed(parametrizations.spectral_norm),
        "parallel": nn.DataParallel(module.Net()),
        "compiled forward": CompiledForward(),
        "compiled inside": nn.Sequential(torch.compile(module.Net(), backend="eager")),
        "double inside": nn.Sequential(Call(torch.Tensor.double), module.Net().double()),
        "dense as convolution": dense_as_convolution(),
        "alpha dropout": replaced("dropout_dense", nn.AlphaDropout(0.3)),
        "other dropout": replaced("dropout_dense", nn.FeatureAlphaDropout(0.3)),
        "dropout on view": replaced("l_1", nn.Sequential(nn.Dropout1d(0.1), nn.Linear(2304, 100))),
    }


def other_precisions():
    """Networks whose weights are of another type, with that type."""
    return {
        "double": (module.Net().double(), torch.float64),
        "bfloat16": (module.Net().bfloat16(), torch.bfloat16),
    }


def replaced(name, layer):
    net = module.Net()
    setattr(net, name, layer)
    return net


class Call(nn.Module):
    """A function as a layer."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)
