"""The Rainformer of MODELS.md 4, written anew in PyTorch; windows are found token by token instead of by reshaping."""

import torch
from torch import nn


def chain(**parts):
    module = nn.Module()
    for name, part in parts.items():
        setattr(module, name, part)
    return module


def squeeze(width, middle):
    return nn.Sequential(nn.Flatten(), nn.Linear(width, middle), nn.ReLU(), nn.Linear(middle, width))


class Attention(nn.Module):
    def __init__(self, width, heads, d, window, grid, shifted, relative):
        super().__init__()
        self.heads, self.d, m = heads, d, window
        shift = m // 2 if shifted else 0
        self.to_qkv = nn.Linear(width, 3 * heads * d, bias=False)
        self.to_out = nn.Linear(heads * d, width)
        self.pos_embedding = nn.Parameter(torch.randn(2 * m - 1, 2 * m - 1) if relative else torch.randn(m * m, m * m))
        place = torch.arange(m * m)
        apart = torch.stack([place // m, place % m])
        self.apart = apart[:, None] - apart[:, :, None] + m - 1 if relative else None
        if shifted:
            come = [place >= m * m - m * shift, place % m >= m - shift]
            for name, late in zip(("upper_lower_mask", "left_right_mask"), come):
                mask = torch.where(late[:, None] != late, float("-inf"), 0.0)
                setattr(self, name, nn.Parameter(mask, requires_grad=False))
        middle = width if width // 16 < 10 else width // 16
        self.ca = chain(MLP1=squeeze(width, middle), MLP2=squeeze(width, middle))
        rows, columns = grid
        corners = [(y, x) for y in range(0, rows, m) for x in range(0, columns, m)]
        self.tokens = torch.tensor([
            [(y + i // m + shift) % rows * columns + (x + i % m + shift) % columns for i in range(m * m)]
            for y, x in corners])
        self.low = torch.tensor([y == rows - m for y, _ in corners])
        self.right = torch.tensor([x == columns - m for _, x in corners])

    def forward(self, x):
        b, h, w, c = x.shape
        cut = x.reshape(b, h * w, c)[:, self.tokens]  # (B, windows, M², C)
        q, k, v = (part.unflatten(-1, (self.heads, self.d)).transpose(2, 3) for part in self.to_qkv(cut).chunk(3, -1))
        scores = q @ k.mT * self.d**-0.5
        scores = scores + (self.pos_embedding if self.apart is None else self.pos_embedding[self.apart[0], self.apart[1]])
        if hasattr(self, "upper_lower_mask"):
            for where, mask in ((self.low, self.upper_lower_mask), (self.right, self.left_right_mask)):
                scores = torch.where(where[:, None, None, None], scores + mask, scores)
        y = self.to_out((scores.softmax(-1) @ v).transpose(2, 3).flatten(3))
        whole = torch.zeros(b, h * w, c, dtype=y.dtype).index_copy(1, self.tokens.flatten(), y.flatten(1, 2))
        scale = self.ca.MLP1(whole.mean(1)) + self.ca.MLP2(whole.max(1).values)
        return (whole * torch.sigmoid(scale)[:, None]).reshape(b, h, w, c)


class Block(nn.Module):
    def __init__(self, width, hidden, *form):
        super().__init__()
        net = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))
        self.attention_block = chain(fn=chain(norm=nn.LayerNorm(width), fn=Attention(width, *form)))
        self.mlp_block = chain(fn=chain(norm=nn.LayerNorm(width), fn=chain(net=net)))

    def forward(self, x):
        for part in (self.attention_block.fn, self.mlp_block.fn):
            inner = part.fn.net if hasattr(part.fn, "net") else part.fn
            x = x + inner(part.norm(x))
        return x


class Local(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU())

    def forward(self, x):
        return self.conv(x)


class Casa(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.ca = chain(MLP=squeeze(width, width // 16 or width))
        self.sa = chain(conv=nn.Conv2d(2, 1, 3, padding=1, bias=False), bn=nn.BatchNorm2d(1))

    def forward(self, x):
        x = x * torch.sigmoid(self.ca.MLP(x.mean((2, 3))) + self.ca.MLP(x.flatten(2).max(2).values))[:, :, None, None]
        both = torch.stack([x.mean(1), x.max(1).values], 1)
        return torch.sigmoid(self.sa.bn(self.sa.conv(both))) * x


class Gate(nn.Module):
    def __init__(self, width, grid):
        super().__init__()
        for name, inputs, outputs in (("conv_1", 2, 2), ("conv_2", 1, 1), ("conv_3", 2, 1)):
            conv = nn.Conv2d(inputs * width, outputs * width, 3, padding=1)
            setattr(self, name, nn.Sequential(conv, nn.LayerNorm([outputs * width, *grid])))

    def forward(self, far, near):
        z, r = torch.sigmoid(self.conv_1(torch.cat([far, near], 1))).chunk(2, 1)
        return z * far + r * near


class Stage(nn.Module):
    def __init__(self, inputs, hidden, skip, factor, layers, heads, grid, config):
        super().__init__()
        self.factor, self.chained = factor, config.get("chain_layers", False)
        width = hidden + skip
        self.patch_partition = chain(linear=nn.Linear(inputs, hidden))
        form = (heads, config["head_dim"], config["window_size"], grid)
        relative = config["relative_pos_embedding"]
        self.layers = nn.ModuleList(
            nn.ModuleList([Block(width, 4 * hidden, *form, False, relative), Block(width, 4 * hidden, *form, True, relative),
                           Local(width), Casa(width), Gate(width, grid)]) for _ in range(layers // 2))

    def forward(self, x, skip=None):
        shuffle = nn.PixelUnshuffle if self.factor[0] == "down" else nn.PixelShuffle
        x = self.patch_partition.linear(shuffle(self.factor[1])(x).movedim(1, -1))
        if skip is not None:
            x = torch.cat([x, skip.movedim(1, -1)], -1)
        for plain, shifted, local, casa, gate in self.layers:
            out = gate(shifted(plain(x)).movedim(-1, 1), casa(local(x.movedim(-1, 1))))
            if self.chained:
                x = out.movedim(1, -1)
        return out


class Rainformer(nn.Module):
    def __init__(self, config):
        super().__init__()
        h, f, layers, heads = (config[k] for k in ("hidden_dim", "downscaling_factors", "layers", "heads"))
        size = config["image_size"]
        grids = [tuple(size) if isinstance(size, list) else (size, size)]
        for factor in f:
            grids.append((grids[-1][0] // factor, grids[-1][1] // factor))
        self.c = config["channels"]
        given = config["input_channel"]
        self.out = config.get("out_frames", given // self.c) * self.c
        widths = [given, h, 2 * h, 4 * h, 8 * h]
        for s in range(4):
            setattr(self, f"stage{s + 1}", Stage(
                widths[s] * f[s] ** 2, widths[s + 1], 0, ("down", f[s]), layers[s], heads[s], grids[s + 1], config))
        for s, (inputs, hidden, skip) in enumerate(
                [(8 * h, 4 * h, 4 * h), (8 * h, 2 * h, 2 * h), (4 * h, h, h), (2 * h, self.out, 0)]):
            k = 3 - s
            setattr(self, f"stage{s + 5}", Stage(
                inputs // f[k] ** 2, hidden, skip, ("up", f[k]), layers[k], heads[k], grids[k], config))

    def forward(self, x):
        seen = [x.flatten(1, 2)]
        for s in range(1, 5):
            seen.append(getattr(self, f"stage{s}")(seen[-1]))
        y = seen[4]
        for s, skip in ((5, 3), (6, 2), (7, 1)):
            y = getattr(self, f"stage{s}")(y, seen[skip])
        return self.stage8(y).unflatten(1, (-1, self.c))


def build(model, config):
    size = config["image_size"]
    h, w = size if isinstance(size, list) else (size, size)
    c = config["channels"]
    t = config["input_channel"] // c
    return Rainformer(config), (t, c, h, w), (config.get("out_frames", t), c, h, w)
