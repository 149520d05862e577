"""The ViT of MODELS.md 2."""

import torch
from torch import nn

from attention import Attention, Mlp


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
