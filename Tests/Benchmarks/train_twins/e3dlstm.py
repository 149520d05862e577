"""The E3D-LSTM of MODELS.md 9, as OpenSTL writes it."""

import torch
from torch import nn
from torch.nn import functional as F

from recurrent import Recurrent


class Window(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv = nn.Conv3d(inputs, outputs, (2, 5, 5), stride, (0, 2, 2), bias=False)

    def forward(self, x):
        return F.interpolate(self.conv(x), size=x.shape[2:], mode="nearest")


class Cell(nn.Module):
    def __init__(self, inputs, n, size, c):
        super().__init__()
        self.n, s = n, c.get("stride", 1)
        self.conv_x, self.conv_h, self.conv_gm = Window(inputs, 7 * n, s), Window(n, 4 * n, s), Window(n, 4 * n, s)
        self.new_cell, self.new_gm, self.last = Window(n, n, s), Window(n, n, s), nn.Conv3d(2 * n, n, 1, bias=False)
        self.norm = nn.LayerNorm([n, 2, *size])

    def attend(self, r, history):
        b, n = r.shape[:2]
        query, keys = r.reshape(b, -1, n), history.reshape(b, -1, n)
        scores = torch.matmul(query, keys.permute(0, 2, 1)).softmax(-1)
        return torch.matmul(scores, keys).reshape(r.shape)

    def forward(self, x, h, c, m, history):
        ih, gh, rh, oh = torch.split(self.conv_h(h), self.n, 1)
        ix, gx, rx, ox, ix2, gx2, fx2 = torch.split(self.conv_x(x), self.n, 1)
        i, r, g = torch.sigmoid(ix + ih), torch.sigmoid(rx + rh), torch.tanh(gx + gh)
        c = self.norm(c + self.attend(r, history)) + i * g
        im, fm, gm, mm = torch.split(self.conv_gm(m), self.n, 1)
        new = torch.sigmoid(fx2 + fm + 1) * torch.tanh(mm) + torch.sigmoid(ix2 + im) * torch.tanh(gx2 + gm)
        o = torch.tanh(ox + oh + self.new_cell(c) + self.new_gm(new))
        return torch.tanh(self.last(torch.cat((c, new), 1))) * torch.sigmoid(o), c


class E3DLSTM(Recurrent):
    def __init__(self, c):
        super().__init__(c)
        n = self.hidden[0]
        self.cells = nn.ModuleList(Cell(n if i else self.folded, n, self.size, c) for i in range(len(self.hidden)))
        self.last = nn.Conv3d(n, self.folded, (2, 1, 1), (2, 1, 1), bias=False)

    def begin(self, batch):
        def zero():
            return torch.zeros(batch, self.hidden[0], 2, *self.size)

        return {"states": [[zero(), zero(), None] for _ in self.hidden], "m": zero(),
                "frame": torch.zeros(batch, self.folded, *self.size)}

    def step(self, x, memory):
        memory["frame"], x = x, torch.stack([memory["frame"], x], 2)
        for cell, state in zip(self.cells, memory["states"]):
            h, c, history = state
            state[2] = c if history is None else torch.cat([history, c], 1)
            state[0], state[1] = cell(x, h, c, memory["m"], state[2])
            x = state[0]
        return self.last(x).squeeze(2)

    def total(self, emitted, expected, memory):
        return F.mse_loss(emitted, expected) + F.l1_loss(emitted, expected)
