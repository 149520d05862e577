"""Takes one training step of each network's preset `paper` at batch 1, under a limit of memory; prints a table.

    python Tests/Benchmarks/paper_presets.py '.build/release/stbank' 10,10,1,384,384 [MODEL …]

T,T',C,H,W are the frames. A network that needs more than --limit GB is stopped by the system's own limit; what it says then is
the table's last column. --seconds ends a step that takes too long and says how much it held until then.
"""

import argparse
import json
import resource
import shlex
import subprocess
import time

MODELS = ("vit", "swin", "rainformer", "earthformer", "convlstm", "predrnnv2", "e3dlstm", "simvp")


def peak(process):
    try:
        with open(f"/proc/{process.pid}/status") as status:
            return next((int(line.split()[1]) / 1e6 * 1.024 for line in status if line.startswith("VmHWM")), 0)
    except FileNotFoundError:
        return 0


def step(words, limit, seconds):
    """GB held at most, seconds of the step or None, and what was said."""
    limits = lambda: resource.setrlimit(resource.RLIMIT_DATA, (int(limit * 1e9),) * 2)  # noqa: E731
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=limits)
    held, end = 0, time.monotonic() + seconds
    while process.poll() is None:
        held = max(held, peak(process))
        if time.monotonic() > end:
            process.kill()
            process.communicate()
            return held, None, f"not done after {seconds} s"
        time.sleep(0.05)
    out, said = process.communicate()
    if process.returncode != 0:
        return held, None, said.strip().splitlines()[-1]
    return held, json.loads(out.splitlines()[0])["value"], ""


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("frames")
    arguments.add_argument("models", nargs="*", default=MODELS)
    arguments.add_argument("--limit", type=float, default=20, help="GB")
    arguments.add_argument("--seconds", type=float, default=3600)
    options = arguments.parse_args()
    print("| network | T,T',C,H,W | GB | s/step | |\n| --- | --- | --- | --- | --- |", flush=True)
    for model in options.models:
        words = [*shlex.split(options.program), "bench", "train", "--model", model, "--preset", "paper", "--frames",
                 options.frames, "--cold", "--runs", "1", "--steps", "1", "--json"]
        held, took, said = step(words, options.limit, options.seconds)
        print(f"| {model} | {options.frames} | {held:.1f} | {'' if took is None else f'{took:.1f}'} | {said} |", flush=True)


main()
