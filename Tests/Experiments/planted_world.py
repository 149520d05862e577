"""A world whose causes are known: what discovery finds of them, and what copies do for forecasts where the rest of the world changes.

Frames of 32x32 hold blobs that move the target (causes) among patches that only follow a hidden number of the sample in training
(METHOD.md 12.6). Everything but the making of frames and the areas under curves is done by stbank's own commands:

    python Tests/Experiments/planted_world.py --bank planted-bank --out planted.json
    python Tests/Experiments/planted_world.py --settings 6-loud --seeds 0 --models simvp --epochs 10

A second start goes on where the first one stopped; `--table` prints what is there.
"""

import argparse
import json
import os
import subprocess
from pathlib import Path

import numpy as np

SIDE, PATCH, FRAMES = 32, 4, 6
GRID = SIDE // PATCH
PATCHES = GRID * GRID
SETTINGS = {
    f"{causes}-{sound}": {"causes": causes, "level": level, "texture": texture}
    for causes in (6, 32)
    for sound, level, texture in (("loud", 0.6, 0.8), ("quiet", 0.15, 0.1))
}
# How the environment's level goes with the hidden number in each part of the world.
RHO = {"train": 0.97, "validation": 0.97, "test": 0.97, "shifted": 0.0, "inverted": -0.97}
SAMPLES = {"train": 1500, "validation": 200, "test": 400, "shifted": 400, "inverted": 400}
TESTS = ("unshifted", "shifted", "inverted")
# Networks of 30 to 70 thousand weights.
NETWORKS = {
    "simvp": {"hid_S": 4, "hid_T": 56, "N_S": 2, "N_T": 2, "incep_ker": [3], "groups": 1, "dropout": 0},
    "vit": {"embed_dim": 44, "depth": 2, "num_heads": 4, "patch_size": 4, "mlp_ratio": 2},
}
# Half as many epochs to reconstruct: it is taught by each of a window's six frames.
UPSTREAM = ("--schedule", "one-cycle", "--rate", "0.003", "--upstream", "vit", "--width", "48", "--depth", "2", "--heads", "4", "--patch", str(PATCH))
WINDOWS = ("--input", str(FRAMES), "--target", str(FRAMES))
# What a run learns from: the importance that copies go by, and how they are made. Three copies each, as both modes have.
MODES = {
    "ori": None,
    "paper": ("paper", {"mode": "paper"}),
    "interventional": ("interventional", {"mode": "interventional"}),
    "planted": ("planted", {"explorer": "swap", "selection": "all"}),
}
# Other networks for the importance of mode `paper`, whose own has the layout `frame`; they cost little and are asked for by --looks.
LOOKS = {
    "frame, untrained": ("--layout", "frame", "--epochs", 1, "--rate", "1e-12"),
    "frame": ("--layout", "frame"),
    "stacked, untrained": ("--layout", "stacked", "--epochs", 1, "--rate", "1e-12"),
    "stacked": ("--layout", "stacked"),
    "joint": ("--layout", "joint"),
}
# Importance: of mode `paper`, of a network that predicts read in the paper's way, of mode `interventional`, and the truth.
KINDS = ("paper", "predict", "interventional", "planted")


# The world


def blob(width: float) -> np.ndarray:
    place = np.arange(PATCH) - (PATCH - 1) / 2
    line = np.exp(-(place**2) / (2 * width**2))
    return line[:, None] * line[None, :]


def make(part: str, setting: dict, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Frames (sample, 2 x FRAMES, 1, row, column) and which patches are causes (sample, patch)."""
    random = np.random.default_rng([seed, list(SAMPLES).index(part), setting["causes"], round(100 * setting["level"])])
    count = SAMPLES[part]
    hidden = np.clip(random.standard_normal(count), -2, 2)
    causes = np.zeros((count, PATCHES), bool)
    for sample in range(count):
        causes[sample, random.choice(PATCHES, setting["causes"], replace=False)] = True
    rho = RHO[part]
    level = rho * hidden + np.sqrt(1 - rho**2) * random.standard_normal(count)
    size = random.uniform(0.6, 1.4, (count, PATCHES))
    phase = random.uniform(0, 2 * np.pi, (count, PATCHES))
    still = random.standard_normal((count, PATCHES, PATCH, PATCH))
    frames = np.zeros((count, 2 * FRAMES, PATCHES, PATCH, PATCH))
    for time in range(2 * FRAMES):
        swing = size * (1 + 0.4 * np.sin(0.9 * time + phase)) * np.exp(0.08 * hidden * (time - 5))[:, None]
        known = time < FRAMES
        bright = swing[:, :, None, None] * blob(1.3 if known else 2.0)
        if known:
            bright = bright + 0.35 * random.standard_normal(bright.shape)
            fresh = random.standard_normal(still.shape)
            rest = 0.5 + setting["level"] * level[:, None, None, None]
            rest = rest + setting["texture"] * np.sqrt(0.5) * (still + fresh)
            frames[:, time] = np.where(causes[:, :, None, None], bright, rest)
        else:
            frames[:, time] = np.where(causes[:, :, None, None], bright, 0)
    whole = frames.reshape(count, 2 * FRAMES, GRID, GRID, PATCH, PATCH).transpose(0, 1, 2, 4, 3, 5)
    return whole.reshape(count, 2 * FRAMES, 1, SIDE, SIDE).astype(np.float32), causes


# stbank


class Bank:
    def __init__(self, folder: Path, program: str, threads: int):
        self.folder, self.program, self.threads = folder, program, threads

    def run(self, *words: object) -> list[dict]:
        """What a command says in JSON."""
        command = [self.program, *map(str, words), "--bank", str(self.folder), "--json", "--quiet"]
        if words[0] in ("discover", "train", "evaluate"):
            command += ["--threads", str(self.threads)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]


def ingest(bank: Bank, raw: Path, world: str, setting: dict, seed: int) -> np.ndarray:
    """The data sets of a world; returns the training samples' causes."""
    parts = {name: make(name, setting, seed) for name in SAMPLES}
    folders = {world: ("train", "validation", "test"), f"{world}-shifted": ("shifted",), f"{world}-inverted": ("inverted",)}
    for name, own in folders.items():
        folder = raw / name
        folder.mkdir(parents=True, exist_ok=True)
        for part in own:
            np.save(folder / f"{part if len(own) > 1 else 'test'}.npy", parts[part][0])
        bank.run("ingest", "array", folder, "--as", name, "--set", "axes=NTCHW")
    scores = raw / f"{world}-causes"
    scores.mkdir(exist_ok=True)
    for part in folders[world]:
        planted = parts[part][1].reshape(-1, 1, 1, GRID, GRID).astype(np.float32)
        np.save(scores / f"{part}.npy", planted)
    bank.run("ingest", "array", scores, "--as", f"{world}-causes", "--set", "axes=NTCHW")
    return parts["train"][1]


def discover(bank: Bank, world: str, seed: int, causes: int, epochs: int) -> None:
    common = (*UPSTREAM, *WINDOWS, "--seed", seed)
    predict = ("--task", "predict", "--epochs", epochs, "--ratio", "0.5")
    bank.run("discover", world, *common, "--epochs", (epochs + 1) // 2, "--as", f"{world}-paper")
    found = bank.run("discover", world, *common, *predict, "--score", "gradient_variance", "--as", f"{world}-interventional")
    bank.run("discover", world, *common, *predict, "--checkpoint", found[-1]["run"], "--as", f"{world}-predict")
    bank.run(
        "importance", world, "--scores", f"{world}-causes", "--patch", PATCH, "--count", PATCHES - causes, *WINDOWS,
        "--as", f"{world}-planted")


def looks(bank: Bank, raw: Path, options: argparse.Namespace, results: dict) -> None:
    """How well attention to reconstruct finds the causes, by the network that is asked."""
    found = results.setdefault("looks", {})
    for name, words in LOOKS.items():
        for setting in options.settings:
            world, key = f"planted-{setting}-{options.seeds[0]}", f"{name}/{setting}"
            if key in found:
                continue
            kind = name.replace(", ", "-")
            common = (*UPSTREAM, *WINDOWS, "--seed", options.seeds[0], "--epochs", (options.upstream_epochs + 1) // 2)
            chosen = dict(zip(common[::2], common[1::2])) | dict(zip(words[::2], words[1::2]))
            bank.run("discover", world, *(word for pair in chosen.items() for word in pair), "--as", f"{world}-{kind}")
            found[key] = area_under_curve(bank, raw, world, kind, make("train", SETTINGS[setting], options.seeds[0])[1])
            options.out.write_text(json.dumps(results, indent=1))
            print(key, found[key], flush=True)


def area_under_curve(bank: Bank, raw: Path, world: str, kind: str, causes: np.ndarray) -> float:
    """The mean over training windows of the chance that a cause is worth more than another patch."""
    file = raw / f"{world}-{kind}.npz"
    bank.run("export", f"{world}-{kind}", "-o", file)
    with np.load(file) as arrays:
        maps = arrays["importance"].astype(float)
    file.unlink()
    # Of frames, where a map is one frame's, those that are inputs.
    maps = maps.reshape(len(causes), -1, PATCHES)[:, :FRAMES].mean(axis=1)
    found = []
    for importance, is_cause in zip(maps, causes):
        better = importance[is_cause][:, None] - importance[~is_cause][None, :]
        found.append((better > 0).mean() + (better == 0).mean() / 2)
    return float(np.mean(found))


def train(bank: Bank, world: str, model: str, mode: str, seed: int, options: argparse.Namespace) -> str:
    """The name of a run."""
    name, copies = f"{world}-{model}-{mode}", ()
    if MODES[mode]:
        kind, recipe = MODES[mode]
        copies = ("--environments", json.dumps({"importance": f"{world}-{kind}", "copies": 3, **recipe}))
    bank.run(
        "train", world, "--model", model, "--network", json.dumps(NETWORKS[model]), *WINDOWS, *copies, "--as", name,
        "--epochs", options.epochs, "--rate", options.rate, "--batch", 16, "--seed", seed)
    return name


def score(bank: Bank, world: str, names: dict[str, str]) -> dict[str, dict[str, float]]:
    """By mode and test the mean squared error, in the world's own units; the last frame and the training mean besides."""
    errors: dict[str, dict[str, float]] = {}
    modes = {name: mode for mode, name in names.items()}
    for test, data in zip(TESTS, (world, f"{world}-shifted", f"{world}-inverted")):
        for line in bank.run("evaluate", *modes, "--on", data, "--units", "physical", "--split", "test"):
            name = line["forecaster"]
            errors.setdefault(modes.get(name, name), {})[test] = line["scores"]["mse"]
    return errors


# The tables


def spread(values: list[float], form: str) -> str:
    """Mean, and standard deviation where there are several."""
    deviation = f" ± {form.format(np.std(values, ddof=1)).lstrip('+')}" if len(values) > 1 else ""
    return form.format(np.mean(values)) + deviation


def rows(header: list[str], lines: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(line) + " |" for line in [header, ["---"] * len(header), *lines])


def changes(runs: dict, keys: list[str], mode: str, test: str) -> list[float]:
    """In per cent, against the training without copies of the same setting, seed and network."""
    return [100 * (runs[key][mode][test] / runs[key]["ori"][test] - 1) for key in keys if mode in runs[key]]


def tables(results: dict) -> str:
    runs, areas = results["runs"], results["areas"]
    of = lambda model, setting="": [key for key in runs if key.startswith(setting) and key.endswith(f"/{model}")]
    copied = [mode for mode in MODES if MODES[mode]]
    found = {kind: {setting: [a[kind] for k, a in areas.items() if k.startswith(setting)] for setting in SETTINGS} for kind in KINDS}
    importance = rows(
        ["AUC of importance", *SETTINGS, "all", "least"],
        [
            [kind, *(spread(values, "{:.2f}") if values else "" for values in by.values()),
             f"{np.mean(sum(by.values(), [])):.2f}", f"{min(sum(by.values(), [])):.2f}"]
            for kind, by in found.items()])
    overall = rows(
        ["change of MSE against `ori`", "network", *TESTS, "better under shift", "better inverted"],
        [
            [mode, model, *(spread(changes(runs, of(model), mode, test), "{:+.0f} %") for test in TESTS),
             *(f"{sum(c < 0 for c in own)} of {len(own)}" for test in TESTS[1:] if (own := changes(runs, of(model), mode, test)))]
            for mode in copied for model in NETWORKS if of(model)])
    errors = rows(
        [f"MSE {', '.join(TESTS)}; x 1000", "network", "seeds", *MODES, "training mean"],
        [
            [setting, model, str(len(keys)),
             *(" / ".join(f"{1000 * np.mean([runs[key][mode][test] for key in keys]):.1f}" for test in TESTS)
               for mode in (*MODES, "training mean"))]
            for setting in SETTINGS for model in NETWORKS
            if (keys := [key for key in of(model, setting) if all(mode in runs[key] for mode in MODES)])])
    found = results.get("looks", {})
    looked = rows(
        ["AUC of `paper` by upstream network", *SETTINGS],
        [[name, *(f"{found.get(f'{name}/{setting}', np.nan):.2f}" for setting in SETTINGS)] for name in LOOKS])
    return "\n\n".join((importance, *([looked] if found else []), overall, errors))


def experiment(options: argparse.Namespace, results: dict) -> None:
    bank = Bank(options.bank, options.stbank, options.threads)
    raw = options.bank.with_name(options.bank.name + "-raw")
    raw.mkdir(parents=True, exist_ok=True)
    for seed in options.seeds:
        for setting in options.settings:
            keys = {model: f"{setting}/{seed}/{model}" for model in options.models}
            if all(mode in results["runs"].get(key, {}) for key in keys.values() for mode in options.modes):
                continue
            world = f"planted-{setting}-{seed}"
            causes = ingest(bank, raw, world, SETTINGS[setting], seed)
            discover(bank, world, seed, SETTINGS[setting]["causes"], options.upstream_epochs)
            areas = {kind: area_under_curve(bank, raw, world, kind, causes) for kind in KINDS}
            results["areas"][f"{setting}/{seed}"] = areas
            print(setting, seed, areas, flush=True)
            for model, key in keys.items():
                names = {mode: train(bank, world, model, mode, seed, options) for mode in options.modes}
                results["runs"][key] = results["runs"].get(key, {}) | score(bank, world, names)
                options.out.write_text(json.dumps(results, indent=1))
                print(key, results["runs"][key], flush=True)
    if options.looks:
        looks(bank, raw, options, results)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bank", type=Path, default=Path("planted-bank"))
    parser.add_argument("--out", type=Path, default=Path("planted.json"), help="results, read again at the next start")
    parser.add_argument("--stbank", default=os.environ.get("STBANK", ".build/release/stbank"))
    parser.add_argument("--settings", nargs="+", choices=SETTINGS, default=list(SETTINGS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--models", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES))
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--upstream-epochs", type=int, default=6)
    parser.add_argument("--rate", type=float, default=0.01)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--looks", action="store_true", help="ask other upstream networks too, on the first seed")
    parser.add_argument("--table", action="store_true", help="print what is there and do nothing")
    options = parser.parse_args()
    results = json.loads(options.out.read_text()) if options.out.exists() else {"areas": {}, "runs": {}}
    if not options.table:
        experiment(options, results)
    print(tables(results))


if __name__ == "__main__":
    main()
