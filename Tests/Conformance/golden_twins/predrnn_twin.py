"""The PredRNN-V2 of MODELS.md 8, written anew in PyTorch; the decoupling loss is taken step by step and layer by layer."""

import torch
from torch import nn
from torch.nn import functional as F

from recurrent_twin import Recurrent, gate, shapes


class PredRNN(Recurrent):
    def __init__(self, config):
        super().__init__(config)
        n = self.hidden[0]
        self.cell_list = nn.ModuleList()
        for layer in range(len(self.hidden)):
            cell = nn.Module()
            cell.conv_x = gate(n if layer else self.folded, 7 * n, self.size, config)
            cell.conv_h, cell.conv_m = gate(n, 4 * n, self.size, config), gate(n, 3 * n, self.size, config)
            cell.conv_o, cell.conv_last = gate(2 * n, n, self.size, config), nn.Conv2d(2 * n, n, 1, bias=False)
            self.cell_list.append(cell)
        self.conv_last = nn.Conv2d(n, self.folded, 1, bias=False)
        self.adapter = nn.Conv2d(n, n, 1, bias=False)

    def begin(self, batch):
        def zero():
            return self.zeros(batch, self.hidden[0], *self.size)

        return {"layers": [[zero(), zero()] for _ in self.hidden], "m": zero(), "changes": []}

    def step(self, x, memory):
        n, m = self.hidden[0], memory["m"]
        for cell, state in zip(self.cell_list, memory["layers"]):
            h, c = state
            ix, fx, gx, ix2, fx2, gx2, ox = cell.conv_x(x).split(n, 1)
            ih, fh, gh, oh = cell.conv_h(h).split(n, 1)
            im, fm, gm = cell.conv_m(m).split(n, 1)
            written = torch.sigmoid(ix + ih) * torch.tanh(gx + gh)
            c = torch.sigmoid(fx + fh + 1) * c + written
            carried = torch.sigmoid(ix2 + im) * torch.tanh(gx2 + gm)
            m = torch.sigmoid(fx2 + fm + 1) * m + carried
            both = torch.cat([c, m], 1)
            x = torch.sigmoid(ox + oh + cell.conv_o(both)) * torch.tanh(cell.conv_last(both))
            state[:] = x, c
            memory["changes"].append((written, carried))
        memory["m"] = m
        return self.conv_last(x)

    def total(self, parts, error, memory):
        terms = []
        for change in memory["changes"]:
            a, b = (F.normalize(self.adapter(part).flatten(2), dim=2, eps=1e-12) for part in change)
            terms.append(F.cosine_similarity(a, b, dim=2, eps=1e-8).abs().mean())
        parts["decouple"] = sum(terms) / len(terms)
        return parts["mse"] + self.config["decouple_beta"] * parts["decouple"]


def build(model, config):
    return PredRNN(config), *shapes(config)
