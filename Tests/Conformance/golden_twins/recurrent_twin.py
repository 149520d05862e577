"""What MODELS.md 6 says of the three recurrent networks, written anew in PyTorch; frames are folded by slices, not by reshaping."""

import torch
from torch import nn


def fold(frames, p):
    """(..., C, H, W) to (..., p²·C, H/p, W/p), channel (dy·p + dx)·C + c."""
    return torch.cat([frames[..., dy::p, dx::p] for dy in range(p) for dx in range(p)], -3)


def unfold(pictures, p):
    parts = pictures.tensor_split(p * p, -3)
    rows = [torch.stack(parts[dy * p:(dy + 1) * p], -1).flatten(-2) for dy in range(p)]
    return torch.stack(rows, -2).flatten(-3, -2)


def gate(inputs, outputs, size, config):
    """Convolution without bias, and a norm over (channels, h, w) where asked for."""
    k = config["filter_size"]
    parts = [nn.Conv2d(inputs, outputs, k, padding=k // 2, bias=False)]
    if config["layer_norm"]:
        parts.append(nn.LayerNorm([outputs, *size]))
    return nn.Sequential(*parts)


class Recurrent(nn.Module):
    """A subclass has `begin(batch)`, which makes the memory, and `step(picture, memory)`, which changes it and gives the next."""

    def __init__(self, config):
        super().__init__()
        self.config, self.p = config, config["patch_size"]
        _, c, h, w = config["in_shape"]
        self.t, self.k = config["pre_seq_length"], config["aft_seq_length"]
        self.size, self.folded = (h // self.p, w // self.p), c * self.p**2
        self.hidden = [int(n) for n in config["num_hidden"].split(",")]
        self.reverse = bool(config["reverse_scheduled_sampling"])

    def zeros(self, *shape):
        return torch.zeros(*shape, dtype=self.conv_last.weight.dtype)

    def run(self, frames, flags):
        """Frames 1 to L - 1 as emitted, and the memory at the end."""
        truth, memory, emitted = fold(frames, self.p), self.begin(len(frames)), []
        always = 1 if self.reverse else self.t
        for time in range(frames.shape[1] - 1):
            shown = truth[:, time]
            if time >= always:
                shown = torch.where(flags[:, time - always, None, None, None] > 0, shown, emitted[-1])
            emitted.append(self.step(shown, memory))
        return unfold(torch.stack(emitted, 1), self.p), memory

    def forward(self, x):
        later = x.new_zeros(len(x), self.k, *x.shape[2:])
        flags = self.flag_shape(len(x), torch.zeros)
        flags[:, :self.t - 1] = 1.0 if self.reverse else 0.0
        return self.run(torch.cat([x, later], 1), flags)[0][:, -self.k:]

    def flag_shape(self, batch, make):
        return make(batch, self.t + self.k - 2 if self.reverse else self.k - 1)

    def teach(self, x, y, flags):
        """The emitted frames, the training loss and its parts."""
        frames = torch.cat([x, y], 1)
        emitted, memory = self.run(frames, flags)
        parts = {"mse": ((emitted - frames[:, 1:]) ** 2).mean()}
        return emitted, self.total(parts, emitted - frames[:, 1:], memory), parts

    def total(self, parts, error, memory):
        return parts["mse"]


def shapes(config):
    _, c, h, w = config["in_shape"]
    return (config["pre_seq_length"], c, h, w), (config["aft_seq_length"], c, h, w)
