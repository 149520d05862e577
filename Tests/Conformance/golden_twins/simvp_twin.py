"""The three SimVPs of MODELS.md 10, written anew in PyTorch; frames are encoded one by one instead of as one batch."""

import torch
from torch import nn
from torch.nn import functional as F


class Layer(nn.Module):
    """Convolution, GroupNorm(2), activation; `step` is 1, 2 (half the size) or -2 (twice the size)."""

    def __init__(self, inputs, outputs, step, kernel=None):
        super().__init__()
        self.modern, self.shuffles = kernel is not None, kernel is not None and step == -2
        if self.shuffles:
            self.conv = nn.Sequential(nn.Conv2d(inputs, 4 * outputs, kernel, 1, kernel // 2), nn.PixelShuffle(2))
        elif step == -2:
            self.conv = nn.ConvTranspose2d(inputs, outputs, 3, 2, 1, output_padding=1)
        else:
            side = kernel or 3
            self.conv = nn.Conv2d(inputs, outputs, side, step, (side - step + 1) // 2 if kernel else 1)
        self.norm = nn.GroupNorm(2, outputs)

    def forward(self, x):
        y = self.norm(self.conv(x))
        return F.silu(y) if self.modern else F.leaky_relu(y, 0.2)


def wrap(**parts):
    module = nn.Module()
    for name, part in parts.items():
        setattr(module, name, part)
    return module


class Inception(nn.Module):
    def __init__(self, inputs, inner, outputs, kernels, groups):
        super().__init__()
        groups = groups if inner % groups == 0 else 1
        self.conv1 = nn.Conv2d(inputs, inner, 1)
        self.layers = nn.ModuleList(
            wrap(conv=nn.Conv2d(inner, outputs, k, 1, k // 2, groups=groups), norm=nn.GroupNorm(groups, outputs))
            for k in kernels)

    def forward(self, x):
        x = self.conv1(x)
        return torch.stack([F.leaky_relu(p.norm(p.conv(x)), 0.2) for p in self.layers]).sum(0)


class UShaped(nn.Module):
    def __init__(self, outer, width, depth, kernels, groups):
        super().__init__()
        self.enc = nn.ModuleList(
            Inception(outer if i == 0 else width, width // 2, width, kernels, groups) for i in range(depth))
        self.dec = nn.ModuleList(
            Inception(width if j == 0 else 2 * width, width // 2, outer if j == depth - 1 else width, kernels, groups)
            for j in range(depth))

    def forward(self, z):
        seen = []
        for block in self.enc:
            z = block(z)
            seen.append(z)
        for j, block in enumerate(self.dec):
            z = block(z if j == 0 else torch.cat([z, seen[len(self.dec) - 1 - j]], 1))
        return z


class Gated(nn.Module):
    """One gSTA block at the input's width, and its reduction."""

    def __init__(self, n, outputs, ratio):
        super().__init__()
        hidden = int(n * ratio)
        self.block = wrap(
            norm1=nn.BatchNorm2d(n), norm2=nn.BatchNorm2d(n),
            attn=wrap(proj_1=nn.Conv2d(n, n, 1), proj_2=nn.Conv2d(n, n, 1), spatial_gating_unit=wrap(
                conv0=nn.Conv2d(n, n, 5, padding=2, groups=n),
                conv_spatial=nn.Conv2d(n, n, 7, padding=9, dilation=3, groups=n), conv1=nn.Conv2d(n, 2 * n, 1))),
            mlp=wrap(fc1=nn.Conv2d(n, hidden, 1), fc2=nn.Conv2d(hidden, n, 1),
                     dwconv=wrap(dwconv=nn.Conv2d(hidden, hidden, 3, padding=1, groups=hidden))),
            layer_scale_1=nn.Parameter(torch.full((n,), 0.01)), layer_scale_2=nn.Parameter(torch.full((n,), 0.01)))
        if outputs != n:
            self.reduction = nn.Conv2d(n, outputs, 1)

    def forward(self, x):
        b = self.block
        y = b.norm1(x)
        unit = b.attn.spatial_gating_unit
        f, g = unit.conv1(unit.conv_spatial(unit.conv0(F.gelu(b.attn.proj_1(y))))).tensor_split(2, 1)
        x = x + b.layer_scale_1[:, None, None] * (b.attn.proj_2(torch.sigmoid(g) * f) + y)
        y = b.mlp.fc2(F.gelu(b.mlp.dwconv.dwconv(b.mlp.fc1(b.norm2(x)))))
        x = x + b.layer_scale_2[:, None, None] * y
        return self.reduction(x) if hasattr(self, "reduction") else x


class SimVP(nn.Module):
    def __init__(self, config):
        super().__init__()
        t, c, _, _ = config["in_shape"]
        width, depth, n, inner = config["hid_S"], config["N_S"], config["N_T"], config["hid_T"]
        self.form, self.out = config.get("model_type"), config.get("out_frames", t)
        steps = [1 if i % 2 == 0 else 2 for i in range(depth)]
        ups = [-2 if s == 2 else 1 for s in reversed(steps)]
        first, last = (config["spatio_kernel_enc"], config["spatio_kernel_dec"]) if self.form else (None, None)
        self.enc = wrap(enc=nn.ModuleList(
            wrap(conv=Layer(c if i == 0 else width, width, s, first)) for i, s in enumerate(steps)))
        beside = 1 if self.form else 2
        self.dec = wrap(
            dec=nn.ModuleList(wrap(conv=Layer(width * (beside if i == depth - 1 else 1), width, s, last))
                              for i, s in enumerate(ups)), readout=nn.Conv2d(width, c, 1))
        if self.form == "gsta":
            sizes = [t * width] + [inner] * (n - 1) + [t * width]
            self.hid = wrap(enc=nn.Sequential(*(Gated(a, b, config["mlp_ratio"]) for a, b in zip(sizes, sizes[1:]))))
        else:
            kernels, groups = ([3, 5, 7, 11], 8) if self.form else (config["incep_ker"], config["groups"])
            self.hid = UShaped(t * width, inner, n, kernels, groups)

    def frames(self, x):
        hidden, skips = [], []
        for frame in x.unbind(1):
            for i, layer in enumerate(self.enc.enc):
                frame = layer.conv(frame)
                if i == 0:
                    skips.append(frame)
            hidden.append(frame)
        z = torch.cat(hidden, 1)
        z = self.hid.enc(z) if self.form == "gsta" else self.hid(z)
        result = []
        for frame, skip in zip(z.tensor_split(x.shape[1], 1), skips):
            for layer in list(self.dec.dec)[:-1]:
                frame = layer.conv(frame)
            frame = frame + skip if self.form else torch.cat([frame, skip], 1)
            result.append(self.dec.readout(self.dec.dec[-1].conv(frame)))
        return torch.stack(result, 1)

    def forward(self, x):
        result = []
        while sum(part.shape[1] for part in result) < self.out:
            x = self.frames(x)
            result.append(x)
        return torch.cat(result, 1)[:, :self.out]


def build(model, config):
    t, c, h, w = config["in_shape"]
    return SimVP(config), (t, c, h, w), (config.get("out_frames", t), c, h, w)
