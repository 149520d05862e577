"""The eight networks in their preset `tiny`, trained on the samples and scored on what validation holds, beside two that know nothing.

    python Tests/Experiments/backbones.py --bank backbones-bank --out backbones.json
    python Tests/Experiments/backbones.py --samples sevir --models vit simvp --threads 2

Of the preset only the number of epochs is changed, and only where an epoch of the sample is so short that its epochs would be fewer
steps than `--steps`. A second start goes on where the first one stopped; `--table` prints what is there.
"""

import argparse
import json
import os
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
MODELS = ("vit", "swin", "rainformer", "earthformer", "convlstm", "predrnnv2", "e3dlstm", "simvp")
# Format and place of a sample, options of its ingestion, options of the windows: KTH smaller, TaxiBJ fewer, for two cores.
SAMPLES = {
    "sevir": ("sevir", "sevir", (), ()),
    "taxibj": ("taxibj", "taxibj", (), ("--stride", "4")),
    "kth": ("kth", "kth", (), ("--resize", "48x64")),
    "rainnet": ("rainnet", "rainnet", (), ()),
    "pd": ("pd", "pd", (), ()),
    "firesys": ("firesys", "firesys", (), ()),
    "netcdf": ("netcdf", "netcdf", (), ()),
    "array": ("array", "array", (), ()),
}
# What forecasts are held against, under the names that `evaluate` gives.
PLAIN = ("persistence", "training mean")


class Bank:
    def __init__(self, folder: Path, program: str):
        self.folder, self.program = folder, program

    def run(self, *words: object) -> list[dict]:
        """What a command says in JSON."""
        command = [self.program, *map(str, words), "--bank", str(self.folder), "--json", "--quiet"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]


def preset(model: str) -> dict:
    file = REPOSITORY / "Sources" / "Forecasting" / "Presets" / f"{model}.json"
    return json.loads(file.read_text())["presets"]["tiny"]


def train(bank: Bank, sample: str, model: str, options: argparse.Namespace) -> dict:
    chosen = preset(model)
    windows = SAMPLES[sample][3]
    count = bank.run("stream", sample, *windows, "--batches", 1)[-1]["state"]["windows"]
    steps = -(-count // chosen["plan"]["batch_size"])
    epochs = max(chosen["training"]["epochs"], -(-options.steps // steps))
    told = bank.run(
        "train", sample, "--model", model, *windows, "--epochs", epochs, "--threads", options.threads, "--as", f"{sample}-{model}")[-1]
    scores = bank.run("evaluate", told["run"], "--units", "physical", "--split", "validation", "--threads", options.threads)
    errors = {line["forecaster"]: line["scores"]["mse"] for line in scores}
    return {
        "steps": told["steps"], "epochs": epochs, "best": told["best"], "windows": scores[0]["windows"], "units": scores[0]["units"],
        "mse": errors.pop(told["run"]), **{name: errors[name] for name in PLAIN}}


def row(*cells: object) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def tables(results: dict) -> str:
    """The first sample in numbers; of all of them by how much of the better of the two plain forecasts' error is left."""
    samples = [sample for sample in SAMPLES if sample in results]
    lines = []
    for sample in samples:
        own = results[sample]
        first = next(iter(own.values()))
        lines += [
            f"{sample}: validation MSE of {first['windows']} windows; "
            + ", ".join(f"{name} {first[name]:.4g}" for name in PLAIN), "",
            row("network", "steps", "MSE", "/ persistence", "/ training mean"), row(*["---"] * 5),
            *(
                row(model, run["steps"], f"{run['mse']:.4g}", *(f"{run['mse'] / run[name]:.2f}" for name in PLAIN))
                for model in MODELS if (run := own.get(model))),
            ""]
    lines += [row("network", *samples), row(*["---"] * (1 + len(samples)))]
    for model in MODELS:
        cells = [results[sample].get(model) for sample in samples]
        lines.append(row(model, *(f"{run['mse'] / min(run[name] for name in PLAIN):.2f}" if run else "" for run in cells)))
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bank", type=Path, default=Path("backbones-bank"))
    parser.add_argument("--out", type=Path, default=Path("backbones.json"), help="results, read again at the next start")
    parser.add_argument("--stbank", default=os.environ.get("STBANK", ".build/release/stbank"))
    parser.add_argument("--samples", nargs="+", choices=SAMPLES, default=list(SAMPLES))
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--table", action="store_true", help="print what is there and do nothing")
    options = parser.parse_args()
    results = json.loads(options.out.read_text()) if options.out.exists() else {}
    bank = Bank(options.bank, options.stbank)
    for sample in [] if options.table else options.samples:
        format, place, settings, _ = SAMPLES[sample]
        bank.run("ingest", format, REPOSITORY / "sample-data" / place, "--as", sample, *settings)
        for model in options.models:
            if model in results.get(sample, {}):
                continue
            results.setdefault(sample, {})[model] = train(bank, sample, model, options)
            options.out.write_text(json.dumps(results, indent=1))
            print(sample, model, results[sample][model], flush=True)
    print(tables(results))


if __name__ == "__main__":
    main()
