"""Golden files of other sizes, depths, frames and seeds than the project's own: what parity has never seen."""

import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent))
import golden  # noqa: E402
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
}

# Twins that say themselves what they take and give: build(model, config) -> module, (T, C, H, W), (T', C, H, W).
TWINS = {"simvp": simvp_twin}


def make(name, path, batch=2):
    model, config = CASES[name]
    seed = sum(name.encode())
    torch.manual_seed(seed)
    for start, twin in TWINS.items():
        if model.startswith(start):
            module, inputs, outputs = twin.build(model, config)
            golden.stir(module, seed)
            return golden.write(
                path, model, config, module, torch.rand(batch, *inputs), torch.rand(batch, *outputs))
    if model.startswith("vit"):
        module, extras = vit_twin.ViT(config, twice=model.endswith("paper")), vit_twin.add_attention
    else:
        module, extras = swin_twin.Swin(config), swin_twin.add_attention
    golden.stir(module, seed)
    size = config["img_size"]
    h, w = (size, size) if isinstance(size, int) else size
    x = torch.rand(batch, config["in_frames"], config["channels"], h, w)
    y = x if "upstream" in model else torch.rand(batch, config["out_frames"], config["channels"], h, w)
    golden.write(path, model, config, module, x, y.clone(), extras if "upstream" in model else None)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for case in sys.argv[2:] or CASES:
        make(case, folder / f"{case}.h5")
        print(folder / f"{case}.h5")
