"""The Earthformer of MODELS.md 5, written anew in PyTorch; axes are moved to the end and attention is written as sums of products."""

import torch
from torch import nn
from torch.nn import functional as F


def table(module, length, heads):
    module.relative_position_bias_table = nn.Parameter(0.02 * torch.randn(2 * length - 1, heads))
    place = torch.arange(length)
    module.register_buffer("relative_position_index", place[:, None] - place + length - 1)


def bias(module, queries, keys):
    return module.relative_position_bias_table[module.relative_position_index[:queries, :keys]].permute(2, 0, 1)


class SelfAttention(nn.Module):
    """Along axis 1, 2 or 3 of (B, T, H, W, C); `length` is what the axis had in the memory."""

    def __init__(self, width, heads, axis, length, has_globals):
        super().__init__()
        self.heads, self.axis, self.length, self.scale = heads, axis, length, (width // heads) ** -0.5
        table(self, length, heads)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        if has_globals:
            for name, parts in (("l2g_q_net", 1), ("l2g_global_kv_net", 2), ("g2l_global_q_net", 1), ("g2l_k_net", 1),
                                ("g2l_v_net", 1), ("g2g_global_qkv_net", 3)):
                setattr(self, name, nn.Linear(width, parts * width, bias=False))
            self.global_proj, self.global_vec_norm = nn.Linear(width, width), nn.LayerNorm(width)
        self.proj, self.norm = nn.Linear(width, width), nn.LayerNorm(width)

    def split(self, x, parts):
        return x.unflatten(-1, (parts, self.heads, -1)).unbind(-3)

    def forward(self, x, vectors):
        x = self.norm(x)
        line = x.movedim(self.axis, 3)  # (B, ., ., L, C)
        extent = line.shape[3]
        piece = min(extent, self.length)
        line = F.pad(line, (0, 0, 0, -extent % piece))
        known = None if vectors is None else self.global_vec_norm(vectors)
        y = torch.cat([self.attend(part, known) for part in line.split(piece, 3)], 3)[:, :, :, :extent]
        y = self.proj(y).movedim(3, self.axis)
        return y, None if vectors is None else self.update(x.flatten(1, 3), known)

    def attend(self, x, known):
        q, k, v = self.split(self.qkv(x), 3)
        length = x.shape[3]
        near = torch.einsum("byxihd,byxjhd->byxhij", q * self.scale, k) + bias(self, length, length)
        if known is None:
            return torch.einsum("byxhij,byxjhd->byxihd", near.softmax(-1), v).flatten(-2)
        (q,), (gk, gv) = self.split(self.l2g_q_net(x), 1), self.split(self.l2g_global_kv_net(known), 2)
        far = torch.einsum("byxihd,bnhd->byxhin", q * self.scale, gk)
        a, b = torch.cat([near, far], -1).softmax(-1).split([length, known.shape[1]], -1)
        return (torch.einsum("byxhij,byxjhd->byxihd", a, v) + torch.einsum("byxhin,bnhd->byxihd", b, gv)).flatten(-2)

    def update(self, cells, known):
        (q,), (k,), (v,) = (self.split(net, 1) for net in (
            self.g2l_global_q_net(known), self.g2l_k_net(cells), self.g2l_v_net(cells)))
        gq, gk, gv = self.split(self.g2g_global_qkv_net(known), 3)
        scores = [torch.einsum("bnhd,bmhd->bhnm", a * self.scale, b) for a, b in ((q, k), (gq, gk))]
        weights = torch.cat(scores, -1).softmax(-1)
        return self.global_proj(torch.einsum("bhnm,bmhd->bnhd", weights, torch.cat([v, gv], 1)).flatten(2))


class CrossAttention(nn.Module):
    def __init__(self, width, heads, length):
        super().__init__()
        self.heads, self.scale = heads, (width // heads) ** -0.5
        table(self, length, heads)
        self.q_proj, self.kv_proj = nn.Linear(width, width, bias=False), nn.Linear(width, 2 * width, bias=False)
        self.proj, self.norm = nn.Linear(width, width), nn.LayerNorm(width)

    def forward(self, x, memory):
        q = self.q_proj(self.norm(x)).unflatten(-1, (self.heads, -1))
        k, v = self.kv_proj(memory).unflatten(-1, (2, self.heads, -1)).unbind(-3)
        scores = torch.einsum("biyxhd,bjyxhd->byxhij", q * self.scale, k) + bias(self, x.shape[1], memory.shape[1])
        return self.proj(torch.einsum("byxhij,bjyxhd->biyxhd", scores.softmax(-1), v).flatten(-2))


class FFN(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.ffn_1, self.ffn_2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.layer_norm = nn.LayerNorm(width)

    def forward(self, x):
        return x + self.ffn_2(F.gelu(self.ffn_1(self.layer_norm(x))))


class Stack(nn.Module):
    def __init__(self, width, heads, lengths, has_globals):
        super().__init__()
        self.attn_l = nn.ModuleList(
            SelfAttention(width, heads, axis + 1, n, has_globals) for axis, n in enumerate(lengths))
        self.ffn_l = nn.ModuleList(FFN(width) for _ in lengths)

    def forward(self, x, vectors=None):
        for attention, ffn in zip(self.attn_l, self.ffn_l):
            y, change = attention(x, vectors)
            x = ffn(x + y)
            vectors = None if vectors is None else vectors + change
        return x, vectors


class Look(nn.Module):
    def __init__(self, width, heads, length):
        super().__init__()
        self.attn_l = nn.ModuleList([CrossAttention(width, heads, length)])
        self.ffn_l = nn.ModuleList([FFN(width)])

    def forward(self, x, memory):
        return self.ffn_l[0](x + self.attn_l[0](x, memory))


class Merge(nn.Module):
    def __init__(self, inputs, outputs, step):
        super().__init__()
        self.step, merged = step, inputs * step[0] * step[1]
        self.norm, self.reduction = nn.LayerNorm(merged), nn.Linear(merged, outputs, bias=False)

    def forward(self, x):
        a, b = self.step
        x = F.pad(x, (0, 0, 0, -x.shape[3] % b, 0, -x.shape[2] % a))
        return self.reduction(self.norm(torch.cat([x[:, :, i::a, j::b] for i in range(a) for j in range(b)], -1)))


class Up(nn.Module):
    def __init__(self, inputs, outputs, size):
        super().__init__()
        self.size, self.conv = size, nn.Conv2d(inputs, outputs, 3, padding=1)

    def forward(self, x):
        """Of cells, frame by frame."""
        frames = [self.conv(F.interpolate(f.movedim(-1, 1), size=self.size, mode="nearest")) for f in x.unbind(1)]
        return torch.stack(frames, 1).movedim(2, -1)


class Pictures(nn.Sequential):
    def __init__(self, inputs, outputs, count, groups):
        parts = []
        for i in range(count):
            parts += [nn.Conv2d(outputs if i else inputs, outputs, 3, padding=1), nn.GroupNorm(groups, outputs),
                      nn.LeakyReLU(0.1)]
        super().__init__(*parts)

    def forward(self, x):
        """Of cells, frame by frame."""
        return torch.stack([super(Pictures, self).forward(f.movedim(-1, 1)) for f in x.unbind(1)], 1).movedim(2, -1)


class Positions(nn.Module):
    def __init__(self, form, t, h, w, width):
        super().__init__()
        self.shape, sizes = (t, h, w), {"T": t, "H": h, "W": w} if form == "t+h+w" else {"T": t, "HW": h * w}
        for name, size in sizes.items():
            setattr(self, f"{name}_embed", nn.Embedding(size, width))

    def forward(self):
        t, h, w = (torch.arange(n) for n in self.shape)
        time = self.T_embed(t)[:, None, None]
        if hasattr(self, "HW_embed"):
            return time + self.HW_embed(h[:, None] * len(w) + w)
        return time + self.H_embed(h)[:, None] + self.W_embed(w)


def coarser(size, step):
    return tuple(-(-n // s) for n, s in zip(size, step))


class Earthformer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.t, h, w, c = config["input_shape"]
        self.k, heads, base = config["target_shape"][0], config["num_heads"], config["base_units"]
        form, count = config["pos_embed_type"], config["num_global_vectors"]
        if count:
            self.init_global_vectors = nn.Parameter(0.02 * torch.randn(count, base))
        sizes = [self.make_stem(config, (h, w), c, base)]
        depths, step = config["enc_depth"], (config["downsample"],) * 2
        widths = config["block_units"] or [base * config["downsample"] ** i for i in range(len(depths))]
        for _ in widths[1:]:
            sizes.append(coarser(sizes[-1], step))
        self.enc_pos_embed = Positions(form, self.t, *sizes[0], base)
        self.dec_pos_embed = Positions(form, self.k, *sizes[-1], widths[-1])
        self.z_proj = nn.Linear(widths[-1], widths[-1])
        self.encoder, self.decoder = nn.Module(), nn.Module()
        levels = list(zip(widths, sizes))
        self.encoder.blocks = nn.ModuleList(
            nn.ModuleList(Stack(n, heads, (self.t, *size), count > 0) for _ in range(d))
            for (n, size), d in zip(levels, depths))
        self.encoder.down_layers = nn.ModuleList(Merge(a, b, step) for a, b in zip(widths, widths[1:]))
        if count:
            self.encoder.down_layer_global_proj = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))
        looks = config["dec_depth"]
        self.decoder.self_blocks = nn.ModuleList(
            nn.ModuleList(Stack(n, heads, (self.t, *size), False) for _ in range(d - (i == len(levels) - 1)))
            for i, ((n, size), d) in enumerate(zip(levels, looks)))
        self.decoder.cross_blocks = nn.ModuleList(
            nn.ModuleList(Look(n, heads, self.t + self.k) for _ in range(d)) for n, d in zip(widths, looks))
        self.decoder.upsample_layers = nn.ModuleList(
            Up(widths[i + 1], widths[i], sizes[i]) for i in range(len(widths) - 1))

    def make_stem(self, config, size, c, base):
        self.initial_encoder, self.final_decoder = nn.Module(), nn.Module()
        if config["initial_downsample_type"] == "conv":
            scale = config["initial_downsample_scale"]
            step = (scale, scale) if isinstance(scale, int) else tuple(scale)
            layers, last = config["initial_downsample_conv_layers"], config["final_upsample_conv_layers"]
            self.initial_encoder.conv_block = Pictures(c, base, layers, 16)
            self.initial_encoder.patch_merge = Merge(base, base, step)
            self.final_decoder.upsample = Up(base, base, size)
            self.final_decoder.conv_block = Pictures(base, base, last, 16)
            self.dec_final_proj = nn.Linear(base, c)
            self.stem = [(self.initial_encoder.conv_block, self.initial_encoder.patch_merge)]
            self.head = [(self.final_decoder.upsample, self.final_decoder.conv_block)]
            return coarser(size, step)
        widths, scales, counts = (config[f"initial_downsample_stack_conv_{key}_list"] for key in (
            "dim", "downscale", "num_conv"))
        groups = [max(1, n // 4) for n in widths]
        self.initial_encoder.conv_block_list = nn.ModuleList(
            Pictures(a, b, n, g) for a, b, n, g in zip([c, *widths], widths, counts, groups))
        self.initial_encoder.patch_merge_list = nn.ModuleList(Merge(n, n, (s, s)) for n, s in zip(widths, scales))
        sizes = [size]
        for s in scales:
            sizes.append(coarser(sizes[-1], (s, s)))
        back = widths[::-1]
        self.final_decoder.upsample_list = nn.ModuleList(
            Up(a, a, size) for a, size in zip([base, *back], sizes[-2::-1]))
        self.final_decoder.conv_block_list = nn.ModuleList(
            Pictures(a, b, n, g) for a, b, n, g in zip([base, *back], back, counts[::-1], groups[::-1]))
        self.dec_final_proj = nn.Linear(widths[0], c)
        self.stem = list(zip(self.initial_encoder.conv_block_list, self.initial_encoder.patch_merge_list))
        self.head = list(zip(self.final_decoder.upsample_list, self.final_decoder.conv_block_list))
        return sizes[-1]

    def forward(self, x):
        b = len(x)
        x = x.movedim(2, -1)
        for pictures, merge in self.stem:
            x = merge(pictures(x))
        x = x + self.enc_pos_embed()
        vectors = self.init_global_vectors.expand(b, -1, -1) if hasattr(self, "init_global_vectors") else None
        memory = []
        for level, stacks in enumerate(self.encoder.blocks):
            for stack in stacks:
                x, vectors = stack(x, vectors)
            memory.append(x)
            if level < len(self.encoder.blocks) - 1:
                x = self.encoder.down_layers[level](x)
                if vectors is not None:
                    vectors = self.encoder.down_layer_global_proj[level](vectors)
        z = self.z_proj(self.dec_pos_embed()).expand(b, -1, -1, -1, -1)
        for level in reversed(range(len(memory))):
            stacks, looks = list(self.decoder.self_blocks[level]), list(self.decoder.cross_blocks[level])
            if len(stacks) < len(looks):
                z = looks.pop(0)(z, memory[level])
            for stack, look in zip(stacks, looks):
                z = look(stack(z)[0], memory[level])
            if level:
                z = self.decoder.upsample_layers[level - 1](z)
        for up, pictures in self.head:
            z = pictures(up(z))
        return self.dec_final_proj(z).movedim(-1, 2)


def build(model, config):
    t, h, w, c = config["input_shape"]
    return Earthformer(config), (t, c, h, w), (config["target_shape"][0], c, h, w)
