"""What is the same in ConvLSTM, PredRNN-V2 and E3D-LSTM (MODELS.md 6), as OpenSTL writes it."""

import torch
from torch import nn


def fold(x, p):
    b, t, c, h, w = x.shape
    x = x.permute(0, 1, 3, 4, 2).reshape(b, t, h // p, p, w // p, p, c).permute(0, 1, 2, 4, 3, 5, 6)
    return x.reshape(b, t, h // p, w // p, p * p * c).permute(0, 1, 4, 2, 3).contiguous()


def unfold(x, p):
    b, t, n, h, w = x.shape
    x = x.permute(0, 1, 3, 4, 2).reshape(b, t, h, w, p, p, n // p**2).permute(0, 1, 2, 4, 3, 5, 6)
    return x.reshape(b, t, h * p, w * p, n // p**2).permute(0, 1, 4, 2, 3)


class Recurrent(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.t, channels, h, w = c["in_shape"]
        self.k, self.p, self.reverse = c["aft_seq_length"], c["patch_size"], c.get("reverse_scheduled_sampling", 0)
        self.size, self.folded = (h // self.p, w // self.p), self.p**2 * channels
        self.hidden = [int(n) for n in c["num_hidden"].split(",")]

    def run(self, x, y, flags):
        frames = fold(torch.cat([x, y], 1), self.p)
        memory, emitted = self.begin(len(x)), []
        free = 1 if self.reverse else self.t
        for time in range(self.t + self.k - 1):
            shown = frames[:, time]
            if time >= free:
                m = flags[:, time - free, None, None, None]
                shown = m * frames[:, time] + (1 - m) * emitted[-1]
            emitted.append(self.step(shown, memory))
        return unfold(torch.stack(emitted, 1), self.p), memory

    def loss(self, x, y):
        count = self.t + self.k - 2 if self.reverse else self.k - 1
        flags = torch.rand(len(x), count)
        if self.reverse:
            flags = (flags < 0.5).float()
        else:
            flags = (flags < 0.99998).float()
        emitted, memory = self.run(x, y, flags)
        return self.total(emitted, torch.cat([x, y], 1)[:, 1:], memory)


def gate(inputs, outputs, c):
    k = c["filter_size"]
    return nn.Conv2d(inputs, outputs, k, padding=k // 2, bias=False)
