"""The ConvLSTM of MODELS.md 7, written anew in PyTorch; each gate is computed by itself."""

import torch
from torch import nn

from recurrent_twin import Recurrent, gate, shapes


class ConvLSTM(Recurrent):
    def __init__(self, config):
        super().__init__(config)
        self.cell_list = nn.ModuleList()
        for inputs, n in zip([self.folded, *self.hidden], self.hidden):
            cell = nn.Module()
            cell.conv_x, cell.conv_h = (gate(i, 4 * n, self.size, config) for i in (inputs, n))
            # Never used.
            cell.conv_o, cell.conv_last = gate(2 * n, n, self.size, config), nn.Conv2d(2 * n, n, 1, bias=False)
            self.cell_list.append(cell)
        self.conv_last = nn.Conv2d(self.hidden[-1], self.folded, 1, bias=False)

    def begin(self, batch):
        return [[self.zeros(batch, n, *self.size), self.zeros(batch, n, *self.size)] for n in self.hidden]

    def step(self, x, memory):
        for cell, state, n in zip(self.cell_list, memory, self.hidden):
            h, c = state
            sums = cell.conv_x(x) + cell.conv_h(h)
            i, f, g, o = (sums[:, k * n:(k + 1) * n] for k in range(4))
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            x = torch.sigmoid(o) * torch.tanh(c)
            state[:] = x, c
        return self.conv_last(x)


def build(model, config):
    return ConvLSTM(config), *shapes(config)
