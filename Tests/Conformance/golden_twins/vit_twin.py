"""The ViT of MODELS.md 2, written anew in PyTorch."""

import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.seen = []

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        weights = torch.softmax(torch.einsum("bhid,bhjd->bhij", q, k) / (d // self.heads) ** 0.5, dim=-1)
        self.seen.append(weights.detach())
        return self.proj(torch.einsum("bhij,bhjd->bihd", weights, v).reshape(b, n, d))


class Block(nn.Module):
    def __init__(self, width, heads, ratio):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(width, int(width * ratio)), "fc2": nn.Linear(int(width * ratio), width)})

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp["fc2"](nn.functional.gelu(self.mlp["fc1"](self.norm2(x))))


class ViT(nn.Module):
    def __init__(self, config, twice=False):
        super().__init__()
        self.config, self.twice = config, twice
        size = config["img_size"]
        self.size = (size, size) if isinstance(size, int) else tuple(size)
        p, d = config["patch_size"], config["embed_dim"]
        self.grid = (self.size[0] // p, self.size[1] // p)
        out = config["out_frames"] * config["channels"]
        self.pos_embed = nn.Parameter(0.02 * torch.randn(1, self.grid[0] * self.grid[1], d))
        self.patch_embed = nn.ModuleDict({"proj": nn.Conv2d(config["in_frames"] * config["channels"], d, p, p)})
        self.blocks = nn.ModuleList(Block(d, config["num_heads"], config["mlp_ratio"]) for _ in range(config["depth"]))
        self.norm = nn.LayerNorm(d, eps=1e-6)
        self.pre_logits = nn.ModuleDict({
            "conv1": nn.ConvTranspose2d(d, 16 * out, 2, 2), "conv2": nn.ConvTranspose2d(16 * out, 4 * out, 2, 2)})
        self.head = nn.ConvTranspose2d(4 * out, out, p // 4, p // 4)

    def forward(self, x):
        b, _, c, h, w = x.shape
        tokens = self.patch_embed["proj"](x.reshape(b, -1, h, w)).flatten(2).mT + self.pos_embed
        for _ in range(2 if self.twice else 1):
            for block in self.blocks:
                tokens = block(tokens)
            tokens = self.norm(tokens)
        picture = tokens.mT.reshape(b, -1, *self.grid)
        picture = self.head(torch.tanh(self.pre_logits["conv2"](torch.tanh(self.pre_logits["conv1"](picture)))))
        return picture.view(b, self.config["out_frames"], c, h, w)


def add_attention(file, module, x):
    for block in module.blocks:
        block.attn.seen.clear()
    module(x)
    passes = [block.attn.seen for block in module.blocks]
    maps = torch.stack([seen[i] for i in range(len(passes[0])) for seen in passes])
    file["attention"] = maps.numpy()
    sums = maps.sum(-2).mean(2)
    file["importance/column_sum"] = sums.numpy()
    from golden import write_ranking

    write_ranking(file, sums[-1])
