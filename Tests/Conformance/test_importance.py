"""`stbank importance`: maps of scores of one's own are those scores, copies spare what is causal by them, and what does not fit is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from campaign import DONE, USAGE, answer, assert_staging_is_empty, assert_verifies, attempt
from conftest import Bank

# Sides that patches of 4 do not divide: 3x4 patches.
SEQUENCES, FRAMES, ROWS, COLUMNS, SIDE = 6, 7, 11, 14, 4
GRID = (3, 4)
PATCHES = GRID[0] * GRID[1]
ENVIRONMENT = 5
WINDOWS = ("--input", "3", "--target", "2")
STARTS = FRAMES - 5 + 1


def scores(frames: int, sequences: int = SEQUENCES, grid: tuple[int, int] = GRID) -> np.ndarray:
    """(N, T, row, column), no two alike in a map."""
    draw = np.random.default_rng(frames)
    maps = [draw.permutation(grid[0] * grid[1]) + 1.0 for _ in range(sequences * frames)]
    return np.reshape(maps, (sequences, frames, *grid))


@pytest.fixture(scope="module")
def bank(stbank: Path, tmp_path_factory: pytest.TempPathFactory) -> Bank:
    folder = tmp_path_factory.mktemp("importance")
    bank = Bank(folder / "bank")
    draw = np.random.default_rng(1)
    add(bank, folder, "waves", draw.standard_normal((SEQUENCES, FRAMES, ROWS, COLUMNS)))
    add(bank, folder, "whole", scores(1))
    add(bank, folder, "each", scores(FRAMES))
    return bank


def add(bank: Bank, folder: Path, name: str, values: np.ndarray) -> None:
    np.save(folder / "frames.npy", values.astype(np.float32))
    bank.ingest("array", [folder / "frames.npy"], name, {"axes": "NTHW"}, "--split", "group:70/15/15")


def make(bank: Bank, given: str, name: str, *more: object):
    words = ("importance", "waves", "--scores", given, "--patch", SIDE, "--count", ENVIRONMENT, *WINDOWS, "--as", name, *more, "--json")
    return attempt(bank, *words)


@pytest.mark.parametrize("given, maps", [("whole", STARTS), ("each", FRAMES - 2)], ids=["of windows", "of all frames that are inputs"])
def test_maps_are_the_scores(bank: Bank, tmp_path: Path, given: str, maps: int) -> None:
    told = answer(make(bank, given, f"{given}-maps"))
    own, theirs = bank.frames(f"{given}-maps", tmp_path), bank.frames(given, tmp_path)
    training = [id for id, split in zip(theirs["sequence_id"], theirs["split"]) if split == "train"]
    assert list(own["sequence_id"]) == training and (own["sequence_length"] == maps).all()
    assert told["windows"] == len(training) * STARTS
    begins = dict(zip(theirs["sequence_id"], theirs["sequence_start"]))
    for id, begin in zip(own["sequence_id"], own["sequence_start"]):
        for place in range(maps):
            frame = place if given == "each" else 0
            expected = theirs["frames"][begins[id] + frame, 0].astype(np.float64)
            found = own["importance"][begin + place, 0]
            np.testing.assert_allclose(found * expected.sum(), expected * found.sum(), rtol=1e-12)
            assert ((expected > ENVIRONMENT) == own["mask"][begin + place, 0]).all()
    assert_verifies(bank)
    assert answer(make(bank, given, f"{given}-maps"))["known"]


def test_lineage_names_the_scores(bank: Bank, tmp_path: Path) -> None:
    add(bank, tmp_path, "doubled", 2 * scores(1))
    answer(make(bank, "doubled", "lined"))
    identity = json.loads(bank.manifest("lined@1.0.0", "identity").read_text())
    assert identity["parents"] == [bank.digest("waves@1.0.0"), bank.digest("doubled@1.0.0")]
    assert [step["name"] for step in identity["recipe"]] == ["importance"]
    drawn = attempt(bank, "lineage", "lined").stdout
    assert "waves@1.0.0" in drawn and "doubled@1.0.0" in drawn
    refused = attempt(bank, "remove", "doubled")
    assert refused.returncode == USAGE and "lined@1.0.0 was made from doubled@1.0.0" in refused.stderr


@pytest.mark.parametrize("mode", ["paper", "interventional"])
def test_copies_spare_what_is_causal_by_the_scores(bank: Bank, tmp_path: Path, mode: str) -> None:
    answer(make(bank, "each", f"spared-{mode}"))
    recipe = json.dumps({"importance": f"spared-{mode}", "copies": 2, "mode": mode})
    file = tmp_path / "batches.npz"
    words = ("stream", "waves", *WINDOWS, "--batch", "4", "--normalise", "none", "--environments", recipe, "--to", file)
    assert attempt(bank, *words).returncode == DONE
    maps = bank.frames(f"spared-{mode}", tmp_path)
    begins = dict(zip(maps["sequence_id"], maps["sequence_start"]))
    order = list(bank.frames("waves", tmp_path)["sequence_id"])
    changed = 0
    with np.load(file) as arrays:
        for inputs, sequence, first in zip(*(arrays[name][arrays["valid"]] for name in ("inputs", "sequence", "first_frame"))):
            begin = begins[order[sequence]] + first
            masks = maps["mask"][begin : begin + inputs.shape[1], 0].astype(bool)
            causal = np.kron(masks, np.ones((SIDE, SIDE), bool))[:, :ROWS, :COLUMNS]
            differs = (inputs[1:] != inputs[:1])[:, :, 0]
            assert not (differs & causal).any()
            changed += differs.sum()
    assert changed > 0


@pytest.mark.parametrize(
    "values, words",
    [
        (scores(1, grid=(4, 4)), "1x4x4"),
        (scores(1, sequences=2), "no scores of sequence"),
        (scores(2), "7 frames and 2 frames of scores"),
        (-scores(1), "at least 0"),
        (np.where(scores(1) == 3, np.nan, scores(1)), "at least 0"),
    ],
    ids=["another grid", "a sequence is missing", "neither one frame nor all", "below 0", "a score is missing"])
def test_scores_that_do_not_fit_are_refused(bank: Bank, tmp_path: Path, request, values: np.ndarray, words: str) -> None:
    name = "odd-" + request.node.callspec.id.replace(" ", "-")
    add(bank, tmp_path, name, values)
    done = make(bank, name, "odd")
    assert done.returncode == USAGE and words in done.stderr, done.stderr
    assert "Usage" not in done.stderr
    assert_staging_is_empty(bank)
    assert not (bank.folder / "refs" / "odd").exists()


def test_options_that_exclude_each_other_are_refused(bank: Bank) -> None:
    done = make(bank, "whole", "odd", "--ratio", "0.5")
    assert done.returncode == USAGE and "exclude each other" in done.stderr
