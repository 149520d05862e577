"""Attention over tokens as the references of ViT and Swin write it."""

import sys

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
