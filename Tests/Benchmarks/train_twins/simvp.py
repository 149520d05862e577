"""The SimVP of MODELS.md 10.1, all frames as one batch as in NuwaDynamics."""

import torch
from torch import nn


class Layer(nn.Module):
    def __init__(self, inputs, outputs, step, dropout):
        super().__init__()
        if step == -2:
            self.conv = nn.ConvTranspose2d(inputs, outputs, 3, 2, 1, output_padding=1)
        else:
            self.conv = nn.Conv2d(inputs, outputs, 3, step, 1)
        self.norm, self.act, self.drop = nn.GroupNorm(2, outputs), nn.LeakyReLU(0.2, inplace=True), nn.Dropout2d(dropout)

    def forward(self, x):
        return self.drop(self.act(self.norm(self.conv(x))))


class GroupConv(nn.Module):
    def __init__(self, inputs, outputs, kernel, groups, dropout):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, 1, kernel // 2, groups=groups)
        self.norm, self.act = nn.GroupNorm(groups, outputs), nn.LeakyReLU(0.2, inplace=True)
        self.drop = nn.Dropout2d(dropout)

    def forward(self, x):
        return self.drop(self.act(self.norm(self.conv(x))))


class Inception(nn.Module):
    def __init__(self, inputs, inner, outputs, kernels, groups, dropout):
        super().__init__()
        groups = groups if inner % groups == 0 else 1
        self.conv1 = nn.Conv2d(inputs, inner, 1)
        self.layers = nn.ModuleList(GroupConv(inner, outputs, k, groups, dropout) for k in kernels)

    def forward(self, x):
        x = self.conv1(x)
        y = 0
        for layer in self.layers:
            y = y + layer(x)
        return y


class SimVP(nn.Module):
    def __init__(self, c):
        super().__init__()
        t, channels, _, _ = c["in_shape"]
        width, inner, depth, n, drop = c["hid_S"], c["hid_T"], c["N_S"], c["N_T"], c["dropout"]
        steps = [1 if i % 2 == 0 else 2 for i in range(depth)]
        self.enc = nn.ModuleList(Layer(width if i else channels, width, s, drop) for i, s in enumerate(steps))
        self.dec = nn.ModuleList(
            Layer(2 * width if i == depth - 1 else width, width, -2 if s == 2 else 1, drop)
            for i, s in enumerate(reversed(steps)))
        form = (c["incep_ker"], c["groups"], drop)
        outer = t * width
        self.down = nn.ModuleList(Inception(inner if i else outer, inner // 2, inner, *form) for i in range(n))
        self.up = nn.ModuleList(
            Inception(2 * inner if i else inner, inner // 2, outer if i == n - 1 else inner, *form) for i in range(n))
        self.readout = nn.Conv2d(width, channels, 1)

    def forward(self, x):
        b, t = x.shape[:2]
        x = x.flatten(0, 1)
        for i, layer in enumerate(self.enc):
            x = layer(x)
            if i == 0:
                skip = x
        shape = x.shape
        z, seen = x.reshape(b, -1, *shape[2:]), []
        for block in self.down:
            z = block(z)
            seen.append(z)
        z = self.up[0](z)
        for i, block in enumerate(self.up[1:]):
            z = block(torch.cat([z, seen[-2 - i]], 1))
        x = z.reshape(shape)
        for layer in self.dec[:-1]:
            x = layer(x)
        return self.readout(self.dec[-1](torch.cat([x, skip], 1))).unflatten(0, (b, t))
