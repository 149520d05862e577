"""The Swin of MODELS.md 3, written anew in PyTorch; windows are found token by token instead of by reshaping."""

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, width, heads, grid, window, shifted, ratio):
        super().__init__()
        if min(grid) <= window:
            window, shifted = min(grid), False
        self.grid, self.window, self.shift, self.heads = grid, window, window // 2 if shifted else 0, heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = nn.Module()
        self.attn.relative_position_bias_table = nn.Parameter(torch.randn((2 * window - 1) ** 2, heads))
        self.attn.qkv, self.attn.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Module()
        self.mlp.fc1, self.mlp.fc2 = nn.Linear(width, int(ratio * width)), nn.Linear(int(ratio * width), width)
        place = torch.tensor([(i // window, i % window) for i in range(window * window)])
        apart = place[:, None] - place[None] + window - 1
        self.attn.register_buffer("relative_position_index", apart[..., 0] * (2 * window - 1) + apart[..., 1])
        # tokens[w, i]: the token of the unshifted grid that stands at place i of window w.
        rows, columns = grid
        tokens, regions = [], []
        for top in range(0, rows, window):
            for left in range(0, columns, window):
                inside = [(top + dy, left + dx) for dy in range(window) for dx in range(window)]
                tokens.append([(y + self.shift) % rows * columns + (x + self.shift) % columns for y, x in inside])
                regions.append([(self.region(y, rows), self.region(x, columns)) for y, x in inside])
        self.tokens = torch.tensor(tokens)
        if self.shift:
            mask = [[[0.0 if a == b else -100.0 for b in r] for a in r] for r in regions]
            self.register_buffer("attn_mask", torch.tensor(mask))

    def region(self, index, length):
        return 0 if index < length - self.window else 1 if index < length - self.shift else 2

    def attend(self, x):
        b, _, c = x.shape
        cut = x[:, self.tokens]  # (B, windows, M², C)
        q, k, v = self.attn.qkv(cut).unflatten(-1, (3, self.heads, c // self.heads)).permute(3, 0, 1, 4, 2, 5)
        scores = (c // self.heads) ** -0.5 * q @ k.mT
        scores = scores + self.attn.relative_position_bias_table[self.attn.relative_position_index].permute(2, 0, 1)
        if self.shift:
            scores = scores + self.attn_mask[:, None]
        self.seen = torch.softmax(scores, -1)  # (B, windows, heads, M², M²)
        out = self.attn.proj((self.seen @ v).transpose(2, 3).flatten(-2))
        return torch.zeros_like(x).index_copy(1, self.tokens.flatten(), out.flatten(1, 2))

    def forward(self, x):
        x = x + self.attend(self.norm1(x))
        return x + self.mlp.fc2(nn.functional.gelu(self.mlp.fc1(self.norm2(x))))

    def token_scores(self):
        """(B, rows, columns)."""
        sums = self.seen.sum(-2).mean(2).flatten(1)
        return torch.zeros_like(sums).index_copy(1, self.tokens.flatten(), sums).unflatten(1, self.grid)


class Swin(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        size = config["img_size"]
        size = (size, size) if isinstance(size, int) else tuple(size)
        p, d, last = config["patch_size"], config["embed_dim"], len(config["depths"]) - 1
        self.patch_embed = nn.Module()
        self.patch_embed.proj = nn.Conv2d(config["in_frames"] * config["channels"], d, p, p)
        self.patch_embed.norm = nn.LayerNorm(d)
        self.grids = [(size[0] // p >> s, size[1] // p >> s) for s in range(last + 1)]
        self.layers = nn.ModuleList()
        for s, (depth, heads) in enumerate(zip(config["depths"], config["num_heads"])):
            stage = nn.Module()
            stage.blocks = nn.ModuleList(
                Block(d << s, heads, self.grids[s], config["window_size"], b % 2 == 1, config["mlp_ratio"])
                for b in range(depth))
            if s < last:
                stage.downsample = nn.Module()
                stage.downsample.norm = nn.LayerNorm(4 * (d << s))
                stage.downsample.reduction = nn.Linear(4 * (d << s), 2 * (d << s), bias=False)
            self.layers.append(stage)
        self.norm = nn.LayerNorm(d << last)
        self.up = nn.ModuleList()
        self.fuse = nn.ModuleList()
        for s in range(last, 0, -1):
            up = nn.Module()
            up.expand, up.norm = nn.Linear(d << s, 2 * (d << s), bias=False), nn.LayerNorm(d << s - 1)
            self.up.append(up)
            self.fuse.append(nn.Linear(2 * (d << s - 1), d << s - 1))
        self.norm_up = nn.LayerNorm(d)
        self.head = nn.ConvTranspose2d(d, config["out_frames"] * config["channels"], p, p)

    def forward(self, x):
        b, _, c, h, w = x.shape
        x = self.patch_embed.norm(self.patch_embed.proj(x.reshape(b, -1, h, w)).flatten(2).mT)
        skips = []
        for stage, (rows, columns) in zip(self.layers, self.grids):
            for block in stage.blocks:
                x = block(x)
            if hasattr(stage, "downsample"):
                skips.append(x)
                g = x.unflatten(1, (rows, columns))
                four = [g[:, 0::2, 0::2], g[:, 1::2, 0::2], g[:, 0::2, 1::2], g[:, 1::2, 1::2]]
                x = stage.downsample.reduction(stage.downsample.norm(torch.cat(four, -1))).flatten(1, 2)
        x = self.norm(x)
        for k, (up, fuse) in enumerate(zip(self.up, self.fuse)):
            rows, columns = self.grids[-1 - k]
            half = x.shape[-1] // 2
            wide = up.expand(x).unflatten(1, (rows, columns))
            big = wide.new_zeros(b, 2 * rows, 2 * columns, half)
            for p1 in range(2):
                for p2 in range(2):
                    start = (2 * p1 + p2) * half
                    big[:, p1::2, p2::2] = wide[..., start:start + half]
            x = fuse(torch.cat([up.norm(big).flatten(1, 2), skips[-1 - k]], -1))
        picture = self.norm_up(x).mT.unflatten(2, self.grids[0])
        return self.head(picture).view(b, self.config["out_frames"], c, h, w)


def add_attention(file, module, x):
    module(x)
    every = []
    for s, stage in enumerate(module.layers):
        for b, block in enumerate(stage.blocks):
            name = f"layers.{s}.blocks.{b}"
            tokens = block.token_scores()
            patches = tokens.repeat_interleave(2**s, 1).repeat_interleave(2**s, 2)
            file[f"attention/{name}"] = block.seen.flatten(0, 1).numpy()
            file[f"importance/token_grid/{name}"] = tokens.numpy()
            file[f"importance/patch_grid/{name}"] = patches.numpy()
            every.append(patches)
    mean = torch.stack(every).mean(0)
    file["importance/mean"] = mean.numpy()
    from golden import write_ranking

    write_ranking(file, mean)
