"""The Swin of MODELS.md 3."""

import torch
from torch import nn

from attention import Attention, Mlp


class SwinBlock(nn.Module):
    def __init__(self, width, heads, side, window, shifted):
        super().__init__()
        if side <= window:
            window, shifted = side, False
        self.side, self.window, self.shift = side, window, window // 2 if shifted else 0
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn, self.mlp = Attention(width, heads, window), Mlp(width)
        mask = None
        if self.shift:
            label = torch.zeros(1, side, side, 1)
            cuts = (slice(0, -window), slice(-window, -self.shift), slice(-self.shift, None))
            for i, rows in enumerate(cuts):
                for j, columns in enumerate(cuts):
                    label[:, rows, columns] = 3 * i + j
            label = self.cut(label).view(-1, window * window)
            mask = (label[:, None] != label[:, :, None]).float() * -100
        self.register_buffer("mask", mask)

    def cut(self, x):
        b, h, w, c = x.shape
        m = self.window
        return x.view(b, h // m, m, w // m, m, c).permute(0, 1, 3, 2, 4, 5).contiguous().view(-1, m * m, c)

    def forward(self, x):
        b, n, c = x.shape
        s, m = self.side, self.window
        y = self.norm1(x).view(b, s, s, c)
        if self.shift:
            y = torch.roll(y, (-self.shift, -self.shift), (1, 2))
        y = self.attn(self.cut(y), self.mask).view(b, s // m, s // m, m, m, c)
        y = y.permute(0, 1, 3, 2, 4, 5).contiguous().view(b, s, s, c)
        if self.shift:
            y = torch.roll(y, (self.shift, self.shift), (1, 2))
        x = x + y.view(b, n, c)
        return x + self.mlp(self.norm2(x))


class Merge(nn.Module):
    def __init__(self, width, side):
        super().__init__()
        self.side, self.norm, self.reduction = side, nn.LayerNorm(4 * width), nn.Linear(4 * width, 2 * width, bias=False)

    def forward(self, x):
        x = x.view(len(x), self.side, self.side, -1)
        four = [x[:, 0::2, 0::2], x[:, 1::2, 0::2], x[:, 0::2, 1::2], x[:, 1::2, 1::2]]
        return self.reduction(self.norm(torch.cat(four, -1).flatten(1, 2)))


class Expand(nn.Module):
    def __init__(self, width, side):
        super().__init__()
        self.side, self.expand, self.norm = side, nn.Linear(width, 2 * width, bias=False), nn.LayerNorm(width // 2)
        self.fuse = nn.Linear(width, width // 2)

    def forward(self, x, skip):
        b, s = len(x), self.side
        x = self.expand(x).view(b, s, s, 2, 2, -1).permute(0, 1, 3, 2, 4, 5).reshape(b, 4 * s * s, -1)
        return self.fuse(torch.cat([self.norm(x), skip], -1))


class Swin(nn.Module):
    def __init__(self, c):
        super().__init__()
        p, d, side = c["patch_size"], c["embed_dim"], c["img_size"] // c["patch_size"]
        self.patch, self.norm0 = nn.Conv2d(c["in_frames"] * c["channels"], d, p, p), nn.LayerNorm(d)
        last = len(c["depths"]) - 1
        self.stages = nn.ModuleList(
            nn.Sequential(*(
                SwinBlock(d << s, heads, side >> s, c["window_size"], b % 2 == 1) for b in range(depth)))
            for s, (depth, heads) in enumerate(zip(c["depths"], c["num_heads"])))
        self.merges = nn.ModuleList(Merge(d << s, side >> s) for s in range(last))
        self.norm = nn.LayerNorm(d << last)
        self.expands = nn.ModuleList(Expand(d << s, side >> s) for s in range(last, 0, -1))
        self.norm_up = nn.LayerNorm(d)
        self.head = nn.ConvTranspose2d(d, c["out_frames"] * c["channels"], p, p)
        self.side = side

    def forward(self, x):
        x = self.norm0(self.patch(x.flatten(1, 2)).flatten(2).transpose(1, 2))
        skips = []
        for s, stage in enumerate(self.stages):
            x = stage(x)
            if s < len(self.merges):
                skips.append(x)
                x = self.merges[s](x)
        x = self.norm(x)
        for expand in self.expands:
            x = expand(x, skips.pop())
        return self.head(self.norm_up(x).transpose(1, 2).reshape(len(x), -1, self.side, self.side))
