"""The Rainformer of MODELS.md 4, with its rearrangements of axes."""

import torch
from torch import nn


def perceptron(width, middle):
    return nn.Sequential(nn.Flatten(), nn.Linear(width, middle), nn.ReLU(), nn.Linear(middle, width))


class ChannelAttention(nn.Module):
    def __init__(self, width, middle, shared):
        super().__init__()
        self.mean, self.largest = nn.AdaptiveAvgPool2d(1), nn.AdaptiveMaxPool2d(1)
        self.mlp = nn.ModuleList(perceptron(width, middle) for _ in range(1 if shared else 2))

    def forward(self, x):
        scale = self.mlp[0](self.mean(x)) + self.mlp[-1](self.largest(x))
        return x * torch.sigmoid(scale)[:, :, None, None].expand_as(x)


class Attention(nn.Module):
    def __init__(self, width, heads, d, m, shifted):
        super().__init__()
        self.heads, self.d, self.m, self.shift = heads, d, m, m // 2 if shifted else 0
        self.to_qkv, self.to_out = nn.Linear(width, 3 * heads * d, bias=False), nn.Linear(heads * d, width)
        self.pos_embedding = nn.Parameter(torch.randn(2 * m - 1, 2 * m - 1))
        place = torch.tensor([(y, x) for y in range(m) for x in range(m)])
        self.index = place[None] - place[:, None] + m - 1
        if shifted:
            low, right = place[:, 0] >= m - self.shift, place[:, 1] >= m - self.shift
            self.upper_lower, self.left_right = (
                torch.where(late[:, None] != late, float("-inf"), 0.0) for late in (low, right))
        self.ca = ChannelAttention(width, width if width // 16 < 10 else width // 16, False)

    def forward(self, x):
        if self.shift:
            x = torch.roll(x, (-self.shift, -self.shift), (1, 2))
        b, h, w, _ = x.shape
        m, rows, columns = self.m, h // self.m, w // self.m

        def windows(t):
            t = t.reshape(b, rows, m, columns, m, self.heads, self.d).permute(0, 5, 1, 3, 2, 4, 6)
            return t.reshape(b, self.heads, rows * columns, m * m, self.d)

        q, k, v = map(windows, self.to_qkv(x).chunk(3, -1))
        scores = torch.einsum("bhwid,bhwjd->bhwij", q, k) * self.d**-0.5
        scores = scores + self.pos_embedding[self.index[..., 0], self.index[..., 1]]
        if self.shift:
            scores[:, :, -columns:] += self.upper_lower
            scores[:, :, columns - 1::columns] += self.left_right
        y = torch.einsum("bhwij,bhwjd->bhwid", scores.softmax(-1), v)
        y = y.reshape(b, self.heads, rows, columns, m, m, self.d).permute(0, 2, 4, 3, 5, 1, 6).reshape(b, h, w, -1)
        y = self.to_out(y)
        if self.shift:
            y = torch.roll(y, (self.shift, self.shift), (1, 2))
        return self.ca(y.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


class Block(nn.Module):
    def __init__(self, width, hidden, *form):
        super().__init__()
        self.norm1, self.norm2, self.attention = nn.LayerNorm(width), nn.LayerNorm(width), Attention(width, *form)
        self.net = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))

    def forward(self, x):
        x = self.attention(self.norm1(x)) + x
        return self.net(self.norm2(x)) + x


class Casa(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.ca = ChannelAttention(width, width // 16 or width, True)
        self.conv, self.bn = nn.Conv2d(2, 1, 3, padding=1, bias=False), nn.BatchNorm2d(1)

    def forward(self, x):
        x = self.ca(x)
        both = torch.cat([x.mean(1, keepdim=True), x.max(1, keepdim=True).values], 1)
        return torch.sigmoid(self.bn(self.conv(both))) * x


class Gate(nn.Module):
    def __init__(self, width, grid):
        super().__init__()
        for name, inputs, outputs in (("conv_1", 2, 2), ("conv_2", 1, 1), ("conv_3", 2, 1)):
            conv = nn.Conv2d(inputs * width, outputs * width, 3, padding=1)
            setattr(self, name, nn.Sequential(conv, nn.LayerNorm([outputs * width, *grid])))

    def forward(self, far, near):
        z, r = torch.chunk(self.conv_1(torch.cat((far, near), 1)), 2, 1)
        return torch.sigmoid(z) * far + torch.sigmoid(r) * near


class Stage(nn.Module):
    def __init__(self, inputs, hidden, skip, down, factor, heads, grid, c):
        super().__init__()
        width = hidden + skip
        self.step = (nn.PixelUnshuffle if down else nn.PixelShuffle)(factor)
        self.linear = nn.Linear(inputs, hidden)
        form = (heads, c["head_dim"], c["window_size"])
        self.plain, self.shifted = (Block(width, 4 * hidden, *form, shifted) for shifted in (False, True))
        self.local = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(True),
            nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(True), Casa(width))
        self.gate = Gate(width, grid)

    def forward(self, x, skip=None):
        x = self.linear(self.step(x).permute(0, 2, 3, 1))
        if skip is not None:
            x = torch.cat((x, skip.permute(0, 2, 3, 1)), -1)
        near = self.local(x.permute(0, 3, 1, 2))
        return self.gate(self.shifted(self.plain(x)).permute(0, 3, 1, 2), near)


class Rainformer(nn.Module):
    """Of two layers a stage."""

    def __init__(self, c):
        super().__init__()
        h, f, heads, size = c["hidden_dim"], c["downscaling_factors"], c["heads"], c["image_size"]
        self.channels, given = c["channels"], c["input_channel"]
        out = c.get("out_frames", given // self.channels) * self.channels
        sizes = [size]
        for factor in f:
            sizes.append(sizes[-1] // factor)
        widths = [given, h, 2 * h, 4 * h, 8 * h]
        self.down = nn.ModuleList(
            Stage(widths[s] * f[s] ** 2, widths[s + 1], 0, True, f[s], heads[s], (sizes[s + 1],) * 2, c) for s in range(4))
        ups = [(8 * h, 4 * h, 4 * h), (8 * h, 2 * h, 2 * h), (4 * h, h, h), (2 * h, out, 0)]
        self.up = nn.ModuleList(
            Stage(inputs // f[s] ** 2, hidden, skip, False, f[s], heads[s], (sizes[s],) * 2, c)
            for s, (inputs, hidden, skip) in zip((3, 2, 1, 0), ups))

    def forward(self, x):
        x, seen = x.flatten(1, 2), []
        for stage in self.down:
            x = stage(x)
            seen.append(x)
        for stage, skip in zip(self.up, (*seen[2::-1], None)):
            x = stage(x, skip)
        return x.unflatten(1, (-1, self.channels))
