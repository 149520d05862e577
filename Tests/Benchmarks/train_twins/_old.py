"""Training steps in eager PyTorch, for `stbank bench train --peer`: the networks as their references write them.

Called with `MODEL CONFIG BATCH THREADS`; prints `ready VERSION PARAMETERS`, then reads numbers of steps from standard input and
prints the seconds that each such run of steps took. With --best the twin is helped: fused Adam and PyTorch's fused attention,
which the references do not use.
"""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

BEST = "--best" in sys.argv


def fused(q, k, v, bias=None):
    if BEST:
        return F.scaled_dot_product_attention(q, k, v, bias)
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)
    return (scores if bias is None else scores + bias).softmax(-1) @ v


class Mlp(nn.Module):
    def __init__(self, width, ratio=4):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, ratio * width), nn.Linear(ratio * width, width)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class Attention(nn.Module):
    def __init__(self, width, heads, window=None):
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        if window:
            self.table = nn.Parameter(0.02 * torch.randn((2 * window - 1) ** 2, heads))
            at = torch.stack(torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")).flatten(1)
            apart = (at[:, :, None] - at[:, None]) + window - 1
            self.register_buffer("index", apart[0] * (2 * window - 1) + apart[1])

    def forward(self, x, mask=None):
        b, n, c = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        bias = None
        if hasattr(self, "table"):
            bias = self.table[self.index.view(-1)].view(n, n, -1).permute(2, 0, 1).contiguous()[None]
            if mask is not None:
                bias = bias + mask[:, None]
                q, k, v = (t.reshape(b // len(mask), len(mask), self.heads, n, -1) for t in (q, k, v))
        x = fused(q, k, v, bias).reshape(b, self.heads, n, c // self.heads)
        return self.proj(x.transpose(1, 2).reshape(b, n, c))


class ViTBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.attn, self.mlp = Attention(width, heads), Mlp(width)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class ViT(nn.Module):
    def __init__(self, c):
        super().__init__()
        p, d, size = c["patch_size"], c["embed_dim"], c["img_size"]
        out = c["out_frames"] * c["channels"]
        self.patch = nn.Conv2d(c["in_frames"] * c["channels"], d, p, p)
        self.pos = nn.Parameter(0.02 * torch.randn(1, (size // p) ** 2, d))
        self.blocks = nn.Sequential(*(ViTBlock(d, c["num_heads"]) for _ in range(c["depth"])))
        self.norm = nn.LayerNorm(d, eps=1e-6)
        self.head = nn.Sequential(
            nn.ConvTranspose2d(d, 16 * out, 2, 2), nn.Tanh(), nn.ConvTranspose2d(16 * out, 4 * out, 2, 2), nn.Tanh(),
            nn.ConvTranspose2d(4 * out, out, p // 4, p // 4))
        self.side = size // p

    def forward(self, x):
        x = self.norm(self.blocks(self.patch(x.flatten(1, 2)).flatten(2).transpose(1, 2) + self.pos))
        return self.head(x.transpose(1, 2).reshape(len(x), -1, self.side, self.side))


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


def main():
    model, config, batch, threads = [word for word in sys.argv[1:] if word != "--best"][:4]
    config = json.loads(config)
    torch.set_num_threads(int(threads))
    torch.manual_seed(0)
    network = {"vit": ViT, "swin": Swin}[model](config)
    network.train()
    adam = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True if BEST else None)
    size = config["img_size"]
    x = torch.rand(int(batch), config["in_frames"], config["channels"], size, size)
    target = x.flatten(1, 2)
    print("ready", torch.__version__.split("+")[0], sum(p.numel() for p in network.parameters()), flush=True)
    for line in sys.stdin:
        begin = time.perf_counter()
        for _ in range(int(line)):
            adam.zero_grad()
            loss = F.mse_loss(network(x), target)
            loss.backward()
            adam.step()
            loss.item()
        print(time.perf_counter() - begin, flush=True)


main()
