"""The PredRNN-V2 of MODELS.md 8, as OpenSTL writes it."""

import torch
from torch import nn
from torch.nn import functional as F

from recurrent import Recurrent, gate


class Cell(nn.Module):
    def __init__(self, inputs, n, c):
        super().__init__()
        self.n = n
        self.conv_x, self.conv_h, self.conv_m = gate(inputs, 7 * n, c), gate(n, 4 * n, c), gate(n, 3 * n, c)
        self.conv_o, self.conv_last = gate(2 * n, n, c), nn.Conv2d(2 * n, n, 1, bias=False)

    def forward(self, x, h, c, m):
        ix, fx, gx, ix2, fx2, gx2, ox = torch.split(self.conv_x(x), self.n, 1)
        ih, fh, gh, oh = torch.split(self.conv_h(h), self.n, 1)
        im, fm, gm = torch.split(self.conv_m(m), self.n, 1)
        i, f, g = torch.sigmoid(ix + ih), torch.sigmoid(fx + fh + 1), torch.tanh(gx + gh)
        delta_c = i * g
        c = f * c + delta_c
        i, f, g = torch.sigmoid(ix2 + im), torch.sigmoid(fx2 + fm + 1), torch.tanh(gx2 + gm)
        delta_m = i * g
        m = f * m + delta_m
        both = torch.cat((c, m), 1)
        o = torch.sigmoid(ox + oh + self.conv_o(both))
        return o * torch.tanh(self.conv_last(both)), c, m, delta_c, delta_m


class PredRNN(Recurrent):
    def __init__(self, c):
        super().__init__(c)
        n, self.beta = self.hidden[0], c["decouple_beta"]
        self.cells = nn.ModuleList(Cell(n if i else self.folded, n, c) for i in range(len(self.hidden)))
        self.last, self.adapter = nn.Conv2d(n, self.folded, 1, bias=False), nn.Conv2d(n, n, 1, bias=False)

    def begin(self, batch):
        def zero():
            return torch.zeros(batch, self.hidden[0], *self.size)

        return {"states": [[zero(), zero()] for _ in self.hidden], "m": zero(), "terms": []}

    def step(self, x, memory):
        deltas = []
        for cell, state in zip(self.cells, memory["states"]):
            state[0], state[1], memory["m"], *delta = cell(x, *state, memory["m"])
            x = state[0]
            deltas.append([F.normalize(self.adapter(d).flatten(2), dim=2) for d in delta])
        y = self.last(x)
        for a, b in deltas:
            memory["terms"].append(torch.cosine_similarity(a, b, dim=2).abs().mean())
        return y

    def total(self, emitted, expected, memory):
        return F.mse_loss(emitted, expected) + self.beta * torch.stack(memory["terms"]).mean()
