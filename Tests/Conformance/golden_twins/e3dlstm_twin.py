"""The E3D-LSTM of MODELS.md 9, written anew in PyTorch, with the memory that stays zero carried along."""

import torch
from torch import nn
from torch.nn import functional as F

from recurrent_twin import Recurrent, shapes


class Window(nn.Sequential):
    """A convolution over two frames, stretched back to (2, h, w)."""

    def __init__(self, inputs, outputs, size, config):
        inner = nn.Module()
        inner.conv3d = nn.Conv3d(inputs, outputs, (2, 5, 5), config["stride"], (0, 2, 2), bias=False)
        norm = [nn.LayerNorm([outputs, 2, *size])] if config["layer_norm"] else []
        super().__init__(inner, *norm)
        self.size = size

    def forward(self, x):
        y = F.interpolate(self[0].conv3d(x), size=(2, *self.size), mode="nearest")
        return self[1](y) if len(self) > 1 else y


class E3DLSTM(Recurrent):
    def __init__(self, config):
        super().__init__(config)
        n = self.hidden[0]
        self.cell_list = nn.ModuleList()
        for layer in range(len(self.hidden)):
            cell = nn.Module()
            cell._norm_c_t = nn.LayerNorm([n, 2, *self.size])
            sizes = dict(conv_x=(n if layer else self.folded, 7 * n), conv_h=(n, 4 * n), conv_gm=(n, 4 * n),
                         conv_new_cell=(n, n), conv_new_gm=(n, n))
            for name, (inputs, outputs) in sizes.items():
                setattr(cell, name, Window(inputs, outputs, self.size, config))
            cell.conv_last = nn.Module()
            cell.conv_last.conv3d = nn.Conv3d(2 * n, n, 1, bias=False)
            self.cell_list.append(cell)
        self.conv_last = nn.Conv3d(n, self.folded, (2, 1, 1), (2, 1, 1), bias=False)

    def begin(self, batch):
        def zero():
            return self.zeros(batch, self.hidden[0], 2, *self.size)

        layers = [dict(h=zero(), c=zero(), history=None) for _ in self.hidden]
        return {"layers": layers, "m": zero(), "frame": self.zeros(batch, self.folded, *self.size)}

    def step(self, picture, memory):
        x = torch.stack([memory["frame"], picture], 2)
        memory["frame"] = picture
        for cell, state in zip(self.cell_list, memory["layers"]):
            state["h"], state["c"], memory["m"] = self.cell(cell, x, state, memory["m"])
            x = state["h"]
        return self.conv_last(x).squeeze(2)

    def cell(self, cell, x, state, m):
        c, n = state["c"], self.hidden[0]
        state["history"] = c if state["history"] is None else torch.cat([state["history"], c], 1)
        ih, gh, rh, oh = cell.conv_h(state["h"]).split(n, 1)
        ix, gx, rx, ox, ix2, gx2, fx2 = cell.conv_x(x).split(n, 1)
        r, history = torch.sigmoid(rx + rh), state["history"]
        # Reshaped without a permutation, as the reference does; the scores are not scaled.
        keys = history.reshape(len(c), -1, n)
        recalled = torch.softmax(r.reshape(len(c), -1, n) @ keys.mT, -1) @ keys
        c = cell._norm_c_t(c + recalled.reshape(c.shape)) + torch.sigmoid(ix + ih) * torch.tanh(gx + gh)
        im, fm, gm, mm = cell.conv_gm(m).split(n, 1)
        new = torch.sigmoid(fx2 + fm + 1) * torch.tanh(mm) + torch.sigmoid(ix2 + im) * torch.tanh(gx2 + gm)
        o = torch.tanh(ox + oh + cell.conv_new_cell(c) + cell.conv_new_gm(new))
        h = torch.tanh(cell.conv_last.conv3d(torch.cat([c, new], 1))) * torch.sigmoid(o)
        return h, c, m

    def total(self, parts, error, memory):
        parts["l1"] = error.abs().mean()
        return parts["mse"] + parts["l1"]


def build(model, config):
    return E3DLSTM(config), *shapes(config)
