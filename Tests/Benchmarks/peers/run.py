"""Compares loaders: the same windows through each, by turns, medians and ranges, as a Markdown table.

Every loader lives in a process of its own and stays open; a turn is one epoch of each, after a first one that warms all and whose checksum has to agree.
Where a loader can use worker processes or threads, 0, 1 and 2 are tried and the best median stands in the table.

    PYTHONPATH=Sources/Python peers-env/bin/python Tests/Benchmarks/peers/run.py FOLDER --mib 512 --dtype float32 --runs 7 [--only memcpy,memmap]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

import numpy

import forms

ENTRIES = {
    "memcpy": [0],
    "stbank_program": [1, 2],
    "stbank": [1, 2],
    "stbank_dataloader": [1, 2],
    "stbank_numpy": [0],
    "memmap": [0, 1, 2],
    "h5py": [0, 1, 2],
    "zarr3": [0, 2],
    "xbatcher": [0],
    "mosaicml": [0, 1, 2],
    "webdataset": [0, 1, 2],
    "grain": [1, 2, 4],
}
TITLES = {
    "memcpy": "memcpy, one thread, warm memory",
    "stbank_program": "stbank, Swift",
    "stbank": "stbank, Python, native",
    "stbank_dataloader": "stbank, `BatchDataset` in a DataLoader",
    "stbank_numpy": "stbank, Python, NumPy alone",
    "memmap": "np.memmap + DataLoader",
    "h5py": "h5py + DataLoader",
    "zarr3": "zarr 3 + DataLoader",
    "xbatcher": "xarray + xbatcher",
    "mosaicml": "mosaicml-streaming",
    "webdataset": "webdataset",
    "grain": "grain",
}


class Loader:
    def __init__(self, name, folder, workers, dtype):
        self.name, self.workers, self.seconds = name, workers, []
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(os.path.dirname(__file__), "measure.py"), name, folder, str(workers), dtype],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        windows, checksum = self.answer()
        self.windows, self.checksum = int(windows), int(checksum)

    def answer(self):
        for line in self.process.stdout:
            if len(words := line.split()) == 2:
                return words
        raise SystemExit(f"{self.name} with {self.workers} workers ended early; its message stands above")

    def turn(self):
        print(file=self.process.stdin, flush=True)
        windows, seconds = self.answer()
        if int(windows) != self.windows:
            raise SystemExit(f"{self.name} gave {windows} windows in one epoch and {self.windows} in another")
        self.seconds.append(float(seconds))

    @property
    def rates(self):
        return [self.windows / seconds for seconds in self.seconds]


class Program(Loader):
    """The stream of a Swift user, as `stbank stream --report` measures it; a turn is a process of some epochs, so that its start weighs little."""

    EPOCHS = 10

    def __init__(self, name, folder, workers, dtype, stbank):
        self.name, self.workers, self.seconds = name, workers, []
        rule = f"affine:{1 / 255},0" if dtype == "uint8" else "none"
        self.command = [
            stbank, "stream", "frames", "--bank", f"{folder}/bank", "--batch", "16", "--input", "10", "--target", "10", "--stride", "20",
            "--normalise", rule, "--threads", str(workers)]
        raw = subprocess.run([*self.command, "--to", "-", "--form", "raw", "--quiet"], stdout=subprocess.PIPE, check=True).stdout
        self.windows = self.report(1)["samples"]
        # A batch is its inputs, then its targets; behind the last window the last batch is padded.
        halves = numpy.frombuffer(raw, numpy.float32).reshape(-1, 2, 16, 10 * forms.SIDE * forms.SIDE)
        values = halves.swapaxes(1, 2).reshape(-1, 20 * forms.SIDE * forms.SIDE)[: self.windows].astype(numpy.float64)
        self.checksum = int((values * (255 if dtype == "uint8" else 1)).round().sum())

    def report(self, epochs):
        done = subprocess.run(
            [*self.command, "--epochs", str(epochs), "--report", "--json"], stdout=subprocess.PIPE, check=True, text=True)
        return json.loads(done.stdout.splitlines()[-1])["report"]

    def turn(self):
        report = self.report(self.EPOCHS)
        self.seconds.append(report["seconds"] * self.windows / report["samples"])


def opened(name, workers, options):
    if name == "stbank_program":
        return Program(name, options.folder, workers, options.dtype, options.stbank)
    return Loader(name, options.folder, workers, options.dtype)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="where the copies of the data are made, about 8 times --mib")
    parser.add_argument("--mib", type=int, default=512)
    parser.add_argument("--dtype", default="float32", choices=["float32", "uint8"], help="as stored; uint8 is delivered as x / 255")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--only", default=",".join(ENTRIES))
    parser.add_argument("--stbank", default=os.environ.get("STBANK", ".build/release/stbank"))
    options = parser.parse_args()
    forms.make(options.folder, options.mib, options.dtype, options.stbank)
    loaders = [opened(name, workers, options) for name in options.only.split(",") for workers in ENTRIES[name]]
    for turn in range(options.runs):
        for loader in loaders:
            loader.turn()
        print(f"turn {turn + 1} of {options.runs}", file=sys.stderr)
    table(loaders)


def table(loaders):
    best = {}
    for loader in loaders:
        if loader.name not in best or statistics.median(loader.rates) > statistics.median(best[loader.name].rates):
            best[loader.name] = loader
    reference = best.get("stbank_program") or best.get("stbank")
    print("| loader | workers | windows/s, median (range) | of memcpy | stbank is | windows | checksum |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, loader in best.items():
        print(f"| {TITLES[name]} | {loader.workers} | {statistics.median(loader.rates):.0f} "
              f"({min(loader.rates):.0f} to {max(loader.rates):.0f}) | {ratio(loader, best.get('memcpy'))} "
              f"| {ratio(reference, loader, ' times')} | {loader.windows} | {loader.checksum} |")
    for loader in loaders:
        if (loader.windows, loader.checksum) != (loaders[0].windows, loaders[0].checksum):
            raise SystemExit(f"{loader.name} delivered other values than {loaders[0].name}")


def ratio(own, other, unit=""):
    if own is None or other is None:
        return ""
    return f"{statistics.median(a / b for a, b in zip(own.rates, other.rates)):.2f}{unit}"


if __name__ == "__main__":
    main()
