"""Golden files of other sizes, depths, frames and seeds than the project's own: what parity has never seen."""

import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent))
import convlstm_twin  # noqa: E402
import e3dlstm_twin  # noqa: E402
import earthformer_twin  # noqa: E402
import golden  # noqa: E402
import predrnn_twin  # noqa: E402
import rainformer_twin  # noqa: E402
import simvp_twin  # noqa: E402
import swin_twin  # noqa: E402
import vit_twin  # noqa: E402


def vit(size, patch, t, k, c, width, depth, heads):
    return dict(mlp_ratio=4.0, drop_ratio=0.0, attn_drop_ratio=0.0, drop_path_ratio=0.0, img_size=size, patch_size=patch,
                in_frames=t, out_frames=k, channels=c, embed_dim=width, depth=depth, num_heads=heads)


def swin(size, patch, t, k, c, width, depths, heads, window):
    return dict(mlp_ratio=4.0, drop_rate=0.0, attn_drop_rate=0.0, drop_path_rate=0.0, img_size=size, patch_size=patch,
                in_frames=t, out_frames=k, channels=c, embed_dim=width, depths=depths, num_heads=heads, window_size=window)


def simvp(shape, width, inner, depth, blocks, kernels, groups, **more):
    return dict(in_shape=shape, hid_S=width, hid_T=inner, N_S=depth, N_T=blocks, incep_ker=kernels, groups=groups,
                dropout=0.3, **more)


def openstl(form, shape, width, inner, depth, blocks, ratio=8.0, first=3, last=3, **more):
    return dict(in_shape=shape, hid_S=width, hid_T=inner, N_S=depth, N_T=blocks, model_type=form, mlp_ratio=ratio,
                drop=0.0, drop_path=0.0, spatio_kernel_enc=first, spatio_kernel_dec=last, **more)


def recurrent(t, k, c, h, w, hidden, patch, kernel=5, stride=1, norm=0, reverse=0, **more):
    return dict(in_shape=[t, c, h, w], pre_seq_length=t, aft_seq_length=k, num_hidden=hidden, filter_size=kernel,
                stride=stride, patch_size=patch, layer_norm=norm, reverse_scheduled_sampling=reverse, **more)


def rainformer(size, t, c, hidden, factors, layers, heads, d, window, relative=True, **more):
    return dict(image_size=size, input_channel=t * c, channels=c, hidden_dim=hidden, downscaling_factors=factors,
                layers=layers, heads=heads, head_dim=d, window_size=window, relative_pos_embedding=relative, **more)


def earthformer(t, k, c, h, w, base, heads, depths, looks, positions="t+h+w", count=0, units=None, downsample=2, **stem):
    return dict(input_shape=[t, h, w, c], target_shape=[k, h, w, c], base_units=base, block_units=units, num_heads=heads,
                enc_depth=depths, dec_depth=looks, pos_embed_type=positions, num_global_vectors=count,
                use_global_self_attn=count > 0, separate_global_qkv=count > 0, downsample=downsample, attn_drop=0.1,
                proj_drop=0.1, ffn_drop=0.1, **stem)


def conv(scale, layers, last):
    return dict(initial_downsample_type="conv", initial_downsample_scale=scale, initial_downsample_conv_layers=layers,
                final_upsample_conv_layers=last)


def stack(widths, scales, counts):
    start = "initial_downsample_stack_conv_"
    return {"initial_downsample_type": "stack_conv", start + "num_layers": len(widths), start + "dim_list": widths,
            start + "downscale_list": scales, start + "num_conv_list": counts}


CASES = {
    "vit__wide": ("vit", vit([32, 48], 8, 3, 5, 2, 24, 2, 3)),
    "vit__deep": ("vit", vit(24, 4, 2, 2, 1, 12, 6, 2)),
    "vit_upstream__two": ("vit_upstream", vit([64, 32], 16, 4, 4, 2, 32, 4, 4)),
    "vit_upstream_paper__one": ("vit_upstream_paper", vit(32, 8, 2, 2, 1, 8, 1, 1)),
    "swin__wide": ("swin", swin([32, 48], 2, 3, 5, 2, 8, [2, 1], [1, 2], 4)),
    "swin__three": ("swin", swin(48, 4, 4, 1, 1, 6, [3, 2], [2, 3], 3)),
    "swin_upstream__tall": ("swin_upstream", swin([64, 32], 4, 3, 3, 1, 8, [2, 3, 2], [2, 2, 4], 4)),
    "simvp__wide": ("simvp", simvp([3, 2, 16, 24], 6, 24, 2, 4, [3, 7], 3)),
    "simvp__odd": ("simvp", simvp([5, 1, 16, 16], 4, 8, 3, 2, [3, 5, 7, 11], 8)),
    "simvp__more": ("simvp", simvp([2, 1, 16, 16], 4, 16, 2, 3, [3, 5], 4, out_frames=5)),
    "simvp__fewer": ("simvp", simvp([4, 1, 16, 16], 4, 16, 1, 2, [3], 4, out_frames=3)),
    "simvp_openstl_incepu__wide": ("simvp_openstl_incepu", openstl("incepu", [2, 2, 16, 24], 4, 32, 4, 4, first=5)),
    "simvp_openstl_gsta__wide": ("simvp_openstl_gsta", openstl("gsta", [3, 2, 24, 16], 4, 20, 4, 4, 2.5, last=5)),
    "simvp_openstl_gsta__two": ("simvp_openstl_gsta", openstl("gsta", [5, 1, 16, 16], 2, 10, 2, 2, 4.0, out_frames=7)),
    "convlstm__wide": ("convlstm", recurrent(2, 4, 3, 8, 24, "5,7,4", 2, kernel=3)),
    "convlstm__norm": ("convlstm", recurrent(5, 1, 1, 16, 8, "6", 4, kernel=7, norm=1)),
    "convlstm__reverse": ("convlstm", recurrent(3, 3, 1, 8, 8, "4,4", 1, reverse=1)),
    "predrnnv2__wide": ("predrnnv2", recurrent(2, 5, 3, 8, 24, "5,5,5", 4, kernel=3, reverse=1, decouple_beta=0.3)),
    "predrnnv2__norm": ("predrnnv2", recurrent(4, 2, 1, 12, 8, "6,6", 2, norm=1, decouple_beta=0.05)),
    "e3dlstm__wide": ("e3dlstm", recurrent(2, 3, 2, 8, 16, "4,4,4", 2)),
    "e3dlstm__stride": ("e3dlstm", recurrent(3, 1, 1, 20, 12, "6", 4, stride=2, norm=1)),
    "e3dlstm__reverse": ("e3dlstm", recurrent(3, 2, 1, 8, 8, "2,2", 2, norm=1, reverse=1)),
    "rainformer__wide": ("rainformer", rainformer(
        [24, 48], 3, 2, 9, [3, 2, 2, 1], [2, 2, 2, 2], [1, 3, 2, 2], 3, 2)),
    "rainformer__tuples": ("rainformer", rainformer(
        [24, 12], 4, 1, 6, [2, 2, 1, 1], [2, 4, 2, 2], [2, 1, 2, 1], 5, 3, out_frames=2)),
    "rainformer__chained": ("rainformer", rainformer(
        16, 2, 1, 4, [1, 2, 2, 1], [4, 2, 2, 2], [2, 2, 2, 2], 4, 4, relative=False, out_frames=5, chain_layers=True)),
    "earthformer__more": ("earthformer", earthformer(
        2, 5, 2, 20, 36, 12, 3, [2, 1], [1, 3], count=3, **stack([4, 12], [3, 2], [1, 2]))),
    "earthformer__fewer": ("earthformer", earthformer(
        5, 2, 1, 13, 22, 16, 2, [1, 2, 1], [2, 1, 2], "t+hw", units=[16, 20, 28], **conv([2, 1], 1, 2))),
    "earthformer__level": ("earthformer", earthformer(
        3, 3, 3, 8, 10, 32, 4, [1], [2], count=1, **conv(1, 2, 0))),
    "earthformer__thrice": ("earthformer", earthformer(
        3, 7, 1, 18, 27, 8, 2, [1, 1], [2, 1], "t+hw", count=2, downsample=3, **stack([8], [2], [1]))),
}

# Twins that say themselves what they take and give: build(model, config) -> module, (T, C, H, W), (T', C, H, W).
TWINS = {"simvp": simvp_twin, "convlstm": convlstm_twin, "predrnnv2": predrnn_twin, "e3dlstm": e3dlstm_twin,
         "rainformer": rainformer_twin, "earthformer": earthformer_twin}


def build(name):
    """The twin of a case and the shapes of its inputs and outputs."""
    model, config = CASES[name]
    for start, twin in TWINS.items():
        if model.startswith(start):
            return twin.build(model, config)
    vit = model.startswith("vit")
    module = vit_twin.ViT(config, twice=model.endswith("paper")) if vit else swin_twin.Swin(config)
    size = config["img_size"]
    picture = (config["channels"], *((size, size) if isinstance(size, int) else size))
    return module, (config["in_frames"], *picture), (config["out_frames"], *picture)


def extras(model, module, y):
    """What only some networks have: attention of upstream ones, the training loss of recurrent ones."""
    if "upstream" in model:
        return vit_twin.add_attention if model.startswith("vit") else swin_twin.add_attention
    if not hasattr(module, "teach"):
        return None
    flags = module.flag_shape(len(y), torch.rand).round()
    return lambda file, module, x: golden.write_training(file, module, x, y, flags)


def make(name, path, batch=2):
    # Tiny operations: more threads only wait for each other.
    torch.set_num_threads(1)
    model, config = CASES[name]
    seed = sum(name.encode())
    torch.manual_seed(seed)
    module, inputs, outputs = build(name)
    golden.stir(module, seed)
    x = torch.rand(batch, *inputs)
    y = x.clone() if "upstream" in model else torch.rand(batch, *outputs)
    golden.write(path, model, config, module, x, y, extras(model, module, y))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for case in sys.argv[2:] or CASES:
        make(case, folder / f"{case}.h5")
        print(folder / f"{case}.h5")
