"""Discovers what matters in data sets of a bank, by both tasks and both scores, with two seeds; prints a table.

    python Tests/Benchmarks/discovery.py .build/release/stbank BANK sevir 'kth --stride 5 --input 5 --target 5' …

Each word after the bank is a data set, with options of `discover` behind it. A training is made once for both scores and is not
made again when the script starts again.
"""

import json
import shlex
import subprocess
import sys

# task, layout: to predict, time has to mix.
TASKS = (("reconstruct", "frame"), ("predict", "stacked"))
SCORES = ("attention", "gradient_variance")
COLUMNS = ("data set", "upstream", "task", "score", "loss / mean frame's", "held out", "patch variance", "patch mean",
           "two seeds", "overlap")


def discover(program, bank, dataset, options, number):
    name = f"{dataset}-maps-{number}"
    words = [*shlex.split(program), "discover", dataset, "--as", name, "--second-seed", "1", *options]
    done = subprocess.run([*words, "--bank", bank, "--new-version", "--json"], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{shlex.join(words)}\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])["figures"]


def row(figures, *first):
    def ratio(part):
        loss, mean = figures.get(f"loss_{part}"), figures.get(f"loss_mean_frame_{part}")
        return f"{loss:.3g} / {mean:.3g} = {loss / mean:.2f}" if mean else "none"

    def number(name):
        return f"{figures[name]:+.2f}" if name in figures else "none"

    return [*first, ratio("training"), ratio("validation"), number("rank_correlation_patch_variance"),
            number("rank_correlation_patch_mean"), number("seeds_rank_correlation"),
            f"{figures['seeds_environment_overlap']:.2f}"]


def main():
    program, bank, *asked = sys.argv[1:]
    print("| " + " | ".join(COLUMNS) + " |")
    print("| --- " * len(COLUMNS) + "|", flush=True)
    for text in asked:
        dataset, *options = shlex.split(text)
        upstream = options[options.index("--upstream") + 1] if "--upstream" in options else "vit"
        options = options if "--upstream" in options else ["--upstream", "vit", *options]
        for number, (task, layout) in enumerate(TASKS):
            for place, score in enumerate(SCORES):
                words = [*options, "--task", task, "--layout", layout, "--score", score]
                figures = discover(program, bank, dataset, words, f"{upstream}-{number}{place}")
                print("| " + " | ".join(row(figures, dataset, upstream, task, score)) + " |", flush=True)


main()
