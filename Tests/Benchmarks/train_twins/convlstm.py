"""The ConvLSTM of MODELS.md 7, as OpenSTL writes it."""

import torch
from torch import nn
from torch.nn import functional as F

from recurrent import Recurrent, gate


class Cell(nn.Module):
    def __init__(self, inputs, n, c):
        super().__init__()
        self.n, self.conv_x, self.conv_h = n, gate(inputs, 4 * n, c), gate(n, 4 * n, c)
        self.conv_o, self.conv_last = gate(2 * n, n, c), nn.Conv2d(2 * n, n, 1, bias=False)

    def forward(self, x, h, c):
        ix, fx, gx, ox = torch.split(self.conv_x(x), self.n, 1)
        ih, fh, gh, oh = torch.split(self.conv_h(h), self.n, 1)
        i, f, g = torch.sigmoid(ix + ih), torch.sigmoid(fx + fh), torch.tanh(gx + gh)
        c = f * c + i * g
        return torch.sigmoid(ox + oh) * torch.tanh(c), c


class ConvLSTM(Recurrent):
    def __init__(self, c):
        super().__init__(c)
        self.cells = nn.ModuleList(Cell(a, b, c) for a, b in zip([self.folded, *self.hidden], self.hidden))
        self.last = nn.Conv2d(self.hidden[-1], self.folded, 1, bias=False)

    def begin(self, batch):
        return [[torch.zeros(batch, n, *self.size) for _ in range(2)] for n in self.hidden]

    def step(self, x, memory):
        for cell, state in zip(self.cells, memory):
            state[:] = cell(x, *state)
            x = state[0]
        return self.last(x)

    def total(self, emitted, expected, memory):
        return F.mse_loss(emitted, expected)
