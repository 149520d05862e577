"""The Earthformer of MODELS.md 5, with its cuboids cut out and put back."""

import torch
from torch import nn
from torch.nn import functional as F


def relative(module, length, heads):
    module.table = nn.Parameter(0.02 * torch.randn(2 * length - 1, heads))
    place = torch.arange(length)
    module.register_buffer("index", place[:, None] - place + length - 1)


def bias(module, i, j):
    found = module.table[module.index[:i, :j].reshape(-1)].reshape(i, j, -1)
    return found.permute(2, 0, 1).contiguous().unsqueeze(1)


def cut(x, cuboid):
    """(B, T, H, W, C) to (B, cuboids, volume, C)."""
    b, t, h, w, c = x.shape
    (ct, ch, cw) = cuboid
    x = x.reshape(b, t // ct, ct, h // ch, ch, w // cw, cw, c).permute(0, 1, 3, 5, 2, 4, 6, 7)
    return x.reshape(b, -1, ct * ch * cw, c)


def put_back(x, cuboid, shape):
    b, c = x.shape[0], x.shape[-1]
    (ct, ch, cw), (t, h, w) = cuboid, shape
    x = x.reshape(b, t // ct, h // ch, w // cw, ct, ch, cw, c).permute(0, 1, 4, 2, 5, 3, 6, 7)
    return x.reshape(b, t, h, w, c)


class SelfAttention(nn.Module):
    def __init__(self, width, heads, axis, lengths, has_globals, drops):
        super().__init__()
        self.heads, self.scale = heads, (width // heads) ** -0.5
        self.cuboid = tuple(n if i == axis else 1 for i, n in enumerate(lengths))
        relative(self, lengths[axis], heads)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        if has_globals:
            for name, parts in (("l2g_q", 1), ("l2g_kv", 2), ("g2l_q", 1), ("g2l_k", 1), ("g2l_v", 1), ("g2g", 3)):
                setattr(self, name, nn.Linear(width, parts * width, bias=False))
            self.global_proj, self.global_norm = nn.Linear(width, width), nn.LayerNorm(width)
        self.proj, self.norm = nn.Linear(width, width), nn.LayerNorm(width)
        self.attn_drop, self.global_drop = nn.Dropout(drops[0]), nn.Dropout(drops[0])
        self.proj_drop = nn.Dropout(drops[1])

    def forward(self, x, vectors=None):
        x = self.norm(x)
        b, t, h, w, c = x.shape
        cuboid = tuple(min(n, m) for n, m in zip(self.cuboid, (t, h, w)))
        pad = -t % cuboid[0]
        x = F.pad(x, (0, 0, 0, 0, 0, 0, 0, pad)) if pad else x
        tokens = cut(x, cuboid)
        _, n, volume, _ = tokens.shape
        q, k, v = self.qkv(tokens).reshape(b, n, volume, 3, self.heads, -1).permute(3, 0, 4, 1, 2, 5)
        scores = (q * self.scale) @ k.transpose(-2, -1) + bias(self, volume, volume)
        if vectors is None:
            y = self.attn_drop(scores.softmax(-1)) @ v
        else:
            vectors = self.global_norm(vectors)
            y, update = self.exchange(tokens, scores, v, vectors)
        y = self.proj_drop(self.proj(y.permute(0, 2, 3, 1, 4).reshape(b, n, volume, c)))
        y = put_back(y, cuboid, (t + pad, h, w))
        y = y[:, :t] if pad else y
        return y if vectors is None else (y, self.proj_drop(self.global_proj(update)))

    def exchange(self, tokens, scores, v, g):
        b, n, volume, c = tokens.shape
        count, d = g.shape[1], c // self.heads

        def local(net):
            return net(tokens).reshape(b, n, volume, self.heads, d).permute(0, 3, 1, 2, 4)

        l2g_k, l2g_v = self.l2g_kv(g).reshape(b, 1, count, 2, self.heads, d).permute(3, 0, 4, 1, 2, 5)
        far = (local(self.l2g_q) * self.scale) @ l2g_k.transpose(-2, -1)
        weights = self.attn_drop(torch.cat((scores, far), -1).softmax(-1))
        y = weights @ torch.cat((v, l2g_v.expand(b, self.heads, n, count, d)), 3)
        k, v = local(self.g2l_k).reshape(b, self.heads, -1, d), local(self.g2l_v).reshape(b, self.heads, -1, d)
        q = self.g2l_q(g).reshape(b, count, self.heads, d).permute(0, 2, 1, 3) * self.scale
        gq, gk, gv = self.g2g(g).reshape(b, count, 3, self.heads, d).permute(2, 0, 3, 1, 4)
        all_scores = torch.cat((q @ k.transpose(-2, -1), (gq * self.scale) @ gk.transpose(-2, -1)), -1)
        update = self.global_drop(all_scores.softmax(-1)) @ torch.cat((v, gv), 2)
        return y, update.permute(0, 2, 1, 3).reshape(b, count, c)


class CrossAttention(nn.Module):
    def __init__(self, width, heads, length, drops):
        super().__init__()
        self.heads, self.scale = heads, (width // heads) ** -0.5
        relative(self, length, heads)
        self.q, self.kv = nn.Linear(width, width, bias=False), nn.Linear(width, 2 * width, bias=False)
        self.proj, self.norm = nn.Linear(width, width), nn.LayerNorm(width)
        self.attn_drop, self.proj_drop = nn.Dropout(drops[0]), nn.Dropout(drops[1])

    def forward(self, x, memory):
        b, t, h, w, c = x.shape
        i, j = (t, 1, 1), (memory.shape[1], 1, 1)
        x, memory = cut(self.norm(x), i), cut(memory, j)
        n = x.shape[1]
        k, v = self.kv(memory).reshape(b, n, j[0], 2, self.heads, -1).permute(3, 0, 4, 1, 2, 5)
        q = self.q(x).reshape(b, n, t, self.heads, -1).permute(0, 3, 1, 2, 4) * self.scale
        weights = self.attn_drop((q @ k.transpose(-2, -1) + bias(self, t, j[0])).softmax(-1))
        y = (weights @ v).permute(0, 2, 3, 1, 4).reshape(b, n, t, c)
        return put_back(self.proj_drop(self.proj(y)), i, (t, h, w))


class FFN(nn.Module):
    def __init__(self, width, dropout):
        super().__init__()
        self.norm, self.first, self.second = nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.drop1, self.drop2 = nn.Dropout(dropout), nn.Dropout(dropout)

    def forward(self, x):
        return self.drop2(self.second(self.drop1(F.gelu(self.first(self.norm(x)))))) + x


class Stack(nn.Module):
    def __init__(self, width, heads, lengths, has_globals, drops):
        super().__init__()
        self.attention = nn.ModuleList(
            SelfAttention(width, heads, axis, lengths, has_globals, drops) for axis in range(3))
        self.ffn = nn.ModuleList(FFN(width, drops[2]) for _ in range(3))

    def forward(self, x, vectors=None):
        for attention, ffn in zip(self.attention, self.ffn):
            if vectors is None:
                x = ffn(x + attention(x))
            else:
                y, change = attention(x, vectors)
                x, vectors = ffn(x + y), vectors + change
        return x, vectors


class Look(nn.Module):
    def __init__(self, width, heads, length, drops):
        super().__init__()
        self.attention, self.ffn = CrossAttention(width, heads, length, drops), FFN(width, drops[2])

    def forward(self, x, memory):
        return self.ffn(x + self.attention(x, memory))


class Merge(nn.Module):
    def __init__(self, inputs, outputs, step):
        super().__init__()
        self.step, merged = step, inputs * step * step
        self.norm, self.reduction = nn.LayerNorm(merged), nn.Linear(merged, outputs, bias=False)

    def forward(self, x):
        b, t, h, w, c = x.shape
        s = self.step
        x = x.reshape(b, t, h // s, s, w // s, s, c).permute(0, 1, 2, 4, 3, 5, 6).reshape(b, t, h // s, w // s, -1)
        return self.reduction(self.norm(x))


class OnFrames(nn.Sequential):
    """Layers of pictures, given cells."""

    def forward(self, x):
        b, t = x.shape[:2]
        y = super().forward(x.flatten(0, 1).permute(0, 3, 1, 2))
        return y.permute(0, 2, 3, 1).unflatten(0, (b, t))


def up(inputs, outputs, size):
    return OnFrames(nn.Upsample(size=size, mode="nearest"), nn.Conv2d(inputs, outputs, 3, padding=1))


def pictures(inputs, outputs, count, groups):
    parts = []
    for i in range(count):
        parts += [nn.Conv2d(outputs if i else inputs, outputs, 3, padding=1), nn.GroupNorm(groups, outputs),
                  nn.LeakyReLU(0.1)]
    return OnFrames(*parts)


class Positions(nn.Module):
    def __init__(self, form, t, h, w, width):
        super().__init__()
        sizes = [(t, 1, 1), (1, h, 1), (1, 1, w)] if form == "t+h+w" else [(t, 1, 1), (1, h, w)]
        self.parts = nn.ParameterList(0.02 * torch.randn(*size, width) for size in sizes)

    def forward(self, x):
        for part in self.parts:
            x = x + part
        return x


class Earthformer(nn.Module):
    """Of frames whose sides divide."""

    def __init__(self, c):
        super().__init__()
        t, side, _, channels = c["input_shape"]
        self.k, heads, base = c["target_shape"][0], c["num_heads"], c["base_units"]
        drops, count, form = (c["attn_drop"], c["proj_drop"], c["ffn_drop"]), c["num_global_vectors"], c["pos_embed_type"]
        start = "initial_downsample_stack_conv_"
        if c["initial_downsample_type"] == "conv":
            widths, scales = [base], [c["initial_downsample_scale"]]
            counts, groups, last = [c["initial_downsample_conv_layers"]], [16], [c["final_upsample_conv_layers"]]
        else:
            widths, scales, counts = (c[f"{start}{key}_list"] for key in ("dim", "downscale", "num_conv"))
            groups, last = [max(1, n // 4) for n in widths], counts
        sides = [side]
        for s in scales:
            sides.append(sides[-1] // s)
        self.stem = nn.Sequential(*(
            nn.Sequential(pictures(a, b, n, g), Merge(b, b, s))
            for a, b, n, g, s in zip([channels, *widths], widths, counts, groups, scales)))
        back = [base, *widths[::-1]]
        self.head = nn.Sequential(*(
            nn.Sequential(up(a, a, size), pictures(a, b, n, g))
            for a, b, n, g, size in zip(back, back[1:], last[::-1], groups[::-1], sides[-2::-1])))
        self.last = nn.Linear(widths[0], channels)
        depths, looks = c["enc_depth"], c["dec_depth"]
        widths = [base << i for i in range(len(depths))]
        sides = [sides[-1] >> i for i in range(len(depths))]
        self.enc_pos = Positions(form, t, sides[0], sides[0], base)
        self.dec_pos = Positions(form, self.k, sides[-1], sides[-1], widths[-1])
        self.z_proj, self.z_shape = nn.Linear(widths[-1], widths[-1]), (1, self.k, sides[-1], sides[-1], widths[-1])
        if count:
            self.vectors = nn.Parameter(0.02 * torch.randn(count, base))
        top = len(depths) - 1
        self.encoder = nn.ModuleList(
            nn.ModuleList(Stack(n, heads, (t, s, s), count > 0, drops) for _ in range(d))
            for n, s, d in zip(widths, sides, depths))
        self.merges = nn.ModuleList(Merge(a, b, 2) for a, b in zip(widths, widths[1:]))
        self.global_proj = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:])) if count else None
        self.stacks = nn.ModuleList(
            nn.ModuleList(Stack(n, heads, (t, s, s), False, drops) for _ in range(d - (i == top)))
            for i, (n, s, d) in enumerate(zip(widths, sides, looks)))
        self.looks = nn.ModuleList(
            nn.ModuleList(Look(n, heads, t + self.k, drops) for _ in range(d)) for n, d in zip(widths, looks))
        self.ups = nn.ModuleList(up(widths[i + 1], widths[i], (sides[i], sides[i])) for i in range(top))

    def forward(self, x):
        b = len(x)
        x = self.enc_pos(self.stem(x.permute(0, 1, 3, 4, 2)))
        vectors = self.vectors.expand(b, -1, -1) if hasattr(self, "vectors") else None
        memory = []
        for level, stacks in enumerate(self.encoder):
            for stack in stacks:
                x, vectors = stack(x, vectors)
            memory.append(x)
            if level < len(self.merges):
                x = self.merges[level](x)
                if vectors is not None:
                    vectors = self.global_proj[level](vectors)
        z = self.z_proj(self.dec_pos(x.new_zeros(self.z_shape))).expand(b, -1, -1, -1, -1)
        for level in reversed(range(len(memory))):
            stacks = list(self.stacks[level])
            for look in self.looks[level]:
                if len(stacks) and (level < len(memory) - 1 or look is not self.looks[level][0]):
                    z = stacks.pop(0)(z)[0]
                z = look(z, memory[level])
            if level:
                z = self.ups[level - 1](z)
        return self.last(self.head(z)).permute(0, 1, 4, 2, 3)
