"""Training steps in eager PyTorch, for `stbank bench train --peer`: the networks as their references write them.

Called with `MODEL CONFIG BATCH THREADS`; prints `ready VERSION PARAMETERS`, then reads numbers of steps from standard input and
prints the seconds that each such run of steps took, and by how many bytes the process has grown at its largest since before it
built the network: a step of a small one went before, so that the interpreter and what PyTorch loads at its first step are not
counted. With --best the twin is helped: fused Adam, and PyTorch's fused attention where the references of ViT and Swin do not use
it.
"""

import importlib
import json
import os
import sys
import time
from pathlib import Path

import torch
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).parent / "train_twins"))
BEST = "--best" in sys.argv
CLASSES = {"vit": "ViT", "swin": "Swin", "simvp": "SimVP", "rainformer": "Rainformer", "earthformer": "Earthformer",
           "convlstm": "ConvLSTM", "predrnnv2": "PredRNN", "e3dlstm": "E3DLSTM"}
SMALL = {"img_size": 8, "patch_size": 4, "in_frames": 1, "out_frames": 1, "channels": 1, "embed_dim": 8, "depth": 1,
         "num_heads": 1}


def shapes(c):
    """(T, C, H, W) and T'."""
    if "in_shape" in c:
        return c["in_shape"], c.get("aft_seq_length", c["in_shape"][0])
    if "input_shape" in c:
        t, h, w, channels = c["input_shape"]
        return [t, channels, h, w], c["target_shape"][0]
    if "image_size" in c:
        t = c["input_channel"] // c["channels"]
        return [t, c["channels"], c["image_size"], c["image_size"]], c.get("out_frames", t)
    return [c["in_frames"], c["channels"], c["img_size"], c["img_size"]], c["out_frames"]


def memory(key):
    with open(f"/proc/{os.getpid()}/status") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith(key))


class Steps:
    def __init__(self, model, config, batch):
        self.network = getattr(importlib.import_module(model), CLASSES[model])(config)
        self.network.train()
        self.adam = torch.optim.Adam(self.network.parameters(), lr=1e-3, fused=True if BEST else None)
        (t, c, h, w), k = shapes(config)
        self.x, self.y = torch.rand(batch, t, c, h, w), torch.rand(batch, k, c, h, w)

    def step(self):
        network, x, y = self.network, self.x, self.y
        self.adam.zero_grad()
        loss = network.loss(x, y) if hasattr(network, "loss") else F.mse_loss(network(x).reshape(y.shape), y)
        loss.backward()
        self.adam.step()
        loss.item()


def main():
    model, config, batch, threads = [word for word in sys.argv[1:] if word != "--best"][:4]
    torch.set_num_threads(int(threads))
    torch.manual_seed(0)
    Steps("vit", SMALL, 1).step()
    Path("/proc/self/clear_refs").write_text("5")  # The largest so far is forgotten.
    before = memory("VmRSS")
    steps = Steps(model, json.loads(config), int(batch))
    count = sum(p.numel() for p in steps.network.parameters())
    print("ready", torch.__version__.split("+")[0], count, flush=True)
    for line in sys.stdin:
        begin = time.perf_counter()
        for _ in range(int(line)):
            steps.step()
        print(time.perf_counter() - begin, memory("VmHWM") - before, flush=True)


main()
