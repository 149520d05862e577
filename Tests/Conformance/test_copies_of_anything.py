"""Copies of data sets of random shape, type and options, made by processes that are killed again and again: always the same."""

import random
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from campaign import DONE, KILLED, SOAK, answer, assert_staging_is_empty, assert_verifies, attempt, command
from conftest import Bank

ELEMENTS = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"]
SEEDS = range(80 if SOAK else 2)


@dataclass
class Scene:
    """Frames of random shape and type, and how copies are made of them."""

    seed: int

    def __post_init__(self) -> None:
        draw = random.Random(self.seed)
        self.element = ELEMENTS[self.seed % len(ELEMENTS)]
        self.shape = (draw.randint(3, 6), draw.randint(8, 20), draw.randint(1, 3), draw.randint(9, 40), draw.randint(9, 40))
        self.patch = draw.choice([1, 2, 3, 4, 4, 7, 8])
        self.lengths = ("--input", draw.randint(1, 5), "--target", draw.randint(0, 2), "--stride", draw.randint(1, 3))
        self.layout = draw.choice(["frame", "stacked", "joint"])
        mixing = {
            "--kappa": draw.choice([0, 0.5, 1]),
            "--eta": draw.choice([1, 1, 0.5, 0]),
            "--spatial": draw.choice(["importance", "uniform"]),
            "--temporal": draw.choice(["geometric", "geometric", "gaussian", "none"]),
            "--tau": 1.5,
            "--history": draw.choice(["all", "all", 1]),
            "--normalise-time": draw.choice(["true", "true", "false"]),
        }
        options = {
            "--copies": draw.randint(1, 4),
            "--seed": draw.getrandbits(64),
            "--selection": draw.choice(["gaussian", "gaussian", "gaussian", "all"]),
            **(mixing if draw.random() < 0.75 else {"--explorer": "swap"}),
        }
        self.options = [word for option in options.items() for word in option] + ["--dedupe"] * draw.randint(0, 1)
        self.times_killed = draw.randint(1, 3)
        self.draw = draw

    def frames(self) -> np.ndarray:
        """(N, T, C, H, W): moving waves with noise, some of floating point missing."""
        numbers = np.random.default_rng(self.seed)
        n, t, c, h, w = np.ogrid[tuple(map(slice, self.shape))]
        waves = 50 + 30 * np.sin(0.3 * h + 0.2 * w + 0.5 * t + n + c) + numbers.normal(0, 5, self.shape)
        if self.element[0] == "f":
            waves[numbers.random(self.shape) < 0.02] = np.nan
        return waves.astype(self.element)

    def prepare(self, folder: Path) -> Bank:
        """A bank with the frames and importance of their patches."""
        bank = Bank(folder / "bank")
        np.save(folder / "frames.npy", self.frames())
        bank.ingest("array", [folder / "frames.npy"], "it", {"axes": "NTCHW"}, "--split", "train")
        if self.patch % 4:
            # No network has such patches; scores of one's own do.
            n, t, _, h, w = self.shape
            scores = np.random.default_rng(self.seed).random((n, t, 1, -(-h // self.patch), -(-w // self.patch)))
            (folder / "scores").mkdir()
            np.save(folder / "scores" / "frames.npy", scores.astype("f4"))
            bank.ingest("array", [folder / "scores" / "frames.npy"], "scores", {"axes": "NTCHW"}, "--split", "train")
            bank.run("importance", "it", "--scores", "scores", "--patch", self.patch, *self.lengths, "--as", "maps", "--quiet")
            return bank
        small = ("--upstream", "vit", "--depth", 1, "--width", 16, "--heads", 1, "--epochs", 1, "--layout", self.layout)
        bank.run("discover", "it", *small, "--patch", self.patch, *self.lengths, "--as", "maps", "--quiet")
        return bank

    def words(self, *more: object) -> tuple[object, ...]:
        return ("augment", "it", "--importance", "maps", "--as", "copies", *self.options, *more, "--json")


@pytest.mark.parametrize("seed", SEEDS)
def test_copies_of_anything_made_under_kills_are_those_of_one_run(seed: int, stbank: Path, tmp_path: Path) -> None:
    scene = Scene(seed)
    bank = scene.prepare(tmp_path)
    begin = time.monotonic()
    whole = answer(attempt(bank, *scene.words()))
    duration = time.monotonic() - begin
    for store in ((), ("--store", "full")):
        digest = whole["digest"]
        if store:
            digest = answer(attempt(bank, *scene.words(*store)))["digest"]
        for _ in range(scene.times_killed):
            remove(bank)
            started = subprocess.Popen(command(bank, *scene.words(*store)), stdout=subprocess.DEVNULL)
            time.sleep(scene.draw.uniform(0, duration))
            started.send_signal(signal.SIGKILL)
            assert started.wait() in (DONE, KILLED)
            assert_verifies(bank)
        assert answer(attempt(bank, *scene.words(*store)))["digest"] == digest
        assert_staging_is_empty(bank)
        if not store:
            replayed = answer(attempt(bank, "replay", "copies", "--sample", "all", "--check", "--json"))
            assert replayed["differences"] == 0 and replayed["checked"] and replayed["patches"] > 0
        assert_verifies(bank)
        remove(bank)


def remove(bank: Bank) -> None:
    """Takes the copies away, not what a killed build left in staging or beside its ref."""
    if [ref for ref in (bank.folder / "refs").glob("copies/*") if ref.suffix != ".tmp"]:
        assert attempt(bank, "remove", "copies").returncode == DONE
        assert attempt(bank, "gc").returncode == DONE
