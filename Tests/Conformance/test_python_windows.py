"""Windows of the Python package against brute force: frame by frame, as StreamOrder.md says, for random plans."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from made_bank import MadeSequence, MadeSet, random_set, write

import stbank

BACKENDS = ["native", "numpy"]
SEEDS = range(6)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[MadeSet]]:
    folder = tmp_path_factory.mktemp("made")
    options = [{}, {"piece_frames": 5}, {"archive": True}, {"cadence": None}, {"archive": True, "piece_frames": 4}, {}]
    sets = [random_set(f"set{seed}", seed, **options[seed]) for seed in SEEDS]
    for data in sets:
        write(folder, data)
    return folder, sets


def random_plan(draw: np.random.Generator) -> dict:
    plan = {
        "input_field": str(draw.choice(["rain", "wind"])),
        "target_field": str(draw.choice(["rain", "wind"])),
        "split": str(draw.choice(["train", "validation", "test"])),
        "input_frames": int(draw.integers(1, 5)),
        "target_frames": int(draw.integers(0, 4)),
        "stride": int(draw.integers(1, 6)),
        "batch_size": int(draw.choice([1, 4, 8, 12])),
        "seed": int(draw.integers(0, 1 << 64, dtype=np.uint64)),
        "order": str(draw.choice(["stored", "shuffled", "blocks"])),
        "cross_gaps": bool(draw.random() < 0.3),
        "keep_missing": bool(draw.random() < 0.3),
        "drop_last": bool(draw.random() < 0.2),
    }
    if plan["order"] == "blocks":
        plan |= {"block_windows": int(draw.integers(1, 9)), "blocks_mixed": int(draw.integers(1, 5))}
    return plan


def runs_of(data: MadeSet, sequence: MadeSequence, plan: dict) -> Iterator[list[int]]:
    """Runs of kept frames with no border inside."""
    names = [field.name for field in data.fields]
    used = sorted({names.index(plan["input_field"]), names.index(plan["target_field"])})
    run: list[int] = []
    for frame in range(sequence.count):
        duplicate = border = False
        for number in used:
            times = sequence.times[number] if len(sequence.times) > 1 else sequence.times[0]
            step = times[frame] - times[frame - 1] if frame else None
            duplicate |= step == 0
            if step and data.cadence is not None and not plan["cross_gaps"]:
                border |= abs(step - data.cadence) > data.tolerance
        border |= any(first == frame for first, _ in sequence.segments)
        outside = bool(sequence.segments) and not any(f <= frame < f + n for f, n in sequence.segments)
        empty = any(data.fields[n].is_missing(sequence.frames[n][frame]).all() for n in used)
        hole = outside or (empty and not plan["keep_missing"])
        if (border or hole) and run:
            yield run
            run = []
        if not duplicate and not hole:
            run.append(frame)
    yield run


def windows_of(data: MadeSet, plan: dict) -> list[tuple[int, list[int]]]:
    """Sequence and frames of each window, as numbered."""
    length = plan["input_frames"] + plan["target_frames"]
    return [
        (number, run[start : start + length])
        for number, sequence in enumerate(data.sequences)
        if sequence.split == plan["split"]
        for run in runs_of(data, sequence, plan)
        for start in range(0, len(run) - length + 1, plan["stride"])
    ]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("seed", SEEDS)
def test_every_window_is_served_once_an_epoch_and_holds_its_frames(
    made: tuple[Path, list[MadeSet]], seed: int, backend: str
) -> None:
    folder, sets = made
    data = sets[seed]
    draw = np.random.default_rng(seed)
    served_plans = 0
    for _ in range(16):
        plan = random_plan(draw)
        expected = windows_of(data, plan)
        batches = len(expected) // plan["batch_size"] if plan["drop_last"] else len(expected)
        if batches == 0:
            with pytest.raises(stbank.StbankError, match=data.name):
                stbank.open(data.name, folder, plan, backend=backend)
            continue
        stream = stbank.open(data.name, folder, plan, backend=backend, epochs=2)
        assert stream.windows == len(expected), plan
        for epoch in range(2):
            numbers = check_epoch(data, plan, expected, [next(stream) for _ in range(stream.steps)], epoch)
            if not plan["drop_last"]:
                assert sorted(numbers) == list(range(len(expected)))
            assert len(set(numbers)) == len(numbers)
        assert next(stream, None) is None
        served_plans += 1
    assert served_plans > 5


def check_epoch(data: MadeSet, plan: dict, expected: list, batches: list, epoch: int) -> list[int]:
    """Compares what batches hold with brute force; returns the windows that count."""
    numbers = []
    input, target = (next(f for f in data.fields if f.name == plan[key]) for key in ("input_field", "target_field"))
    for step, batch in enumerate(batches):
        assert (batch.epoch, batch.step) == (epoch, step)
        for slot, number in enumerate(batch.windows.tolist()):
            sequence, frames = expected[number]
            assert (batch.sequences[slot], batch.first_frames[slot]) == (sequence, frames[0])
            middle = plan["input_frames"]
            for field, own, values in ((input, frames[:middle], batch.inputs), (target, frames[middle:], batch.targets)):
                stored = data.sequences[sequence].frames[data.fields.index(field)][own]
                with np.errstate(all="ignore"):
                    plain = stored.astype(np.float32) * np.float32(field.scale) + np.float32(field.offset)
                plain[field.is_missing(stored)] = np.nan
                np.testing.assert_array_equal(values[slot], plain)
        numbers += batch.windows[batch.valid].tolist()
    return numbers


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_plan_that_fits_no_window_names_the_data_set_and_what_to_do(
    made: tuple[Path, list[MadeSet]], backend: str
) -> None:
    folder, _ = made
    with pytest.raises(stbank.StbankError, match=r"set0.*no.*window of 900 \+ 1 frames in split `train`") as error:
        stbank.open("set0", folder, input_frames=900, target_frames=1, backend=backend)
    assert error.value.code == "usage" and "shorter lengths" in error.value.remedy and error.value.what
    assert error.value.where.startswith("set0@1.0.0")
    with pytest.raises(stbank.StbankError, match="fewer than a batch of 4096"):
        stbank.open("set0", folder, batch_size=4096, drop_last=True, backend=backend)


BAD_PLANS = [
    {"strides": 1}, {"stride": 0}, {"stride": 1.5}, {"stride": True}, {"batch_size": 1 << 25}, {"target_frames": -1},
    {"split": "training"}, {"order": "random"}, {"normalise": "affine:1"}, {"normalise": "affine:1,nan"}, {"fill": "x"},
    {"fill": 1e39}, {"seed": -1}, {"seed": "x"}, {"seed": 1 << 64}, {"drop_last": 1}, {"block_windows": 4},
    {"order": "blocks", "blocks_mixed": 0}, {"resize": [3]}, {"resize": [0, 3]}, {"crop": {"rows": 2}},
    {"crop": {"rows": 5, "columns": 5}}, {"crop": {"rows": 2, "columns": 2, "at": "left"}},
    {"crop": {"rows": 2, "columns": 2, "at": "fixed", "row": 3, "column": 0}},
    {"crop": {"rows": 2, "columns": 2, "at": "fixed", "row": 1 << 40, "column": 0}},
    {"crop": {"rows": 2, "columns": 2, "at": "fixed", "row": -1, "column": 0}},
    {"crop": {"rows": 2, "columns": 2, "at": "fixed"}}, {"input_field": "snow"}, {"target_field": "snow"},
    {"normalise": "benchmark"}, {"input_frames": 1 << 62},
]  # fmt: skip


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("plan", BAD_PLANS, ids=str)
def test_a_plan_that_cannot_be_is_refused(made: tuple[Path, list[MadeSet]], plan: dict, backend: str) -> None:
    folder, _ = made
    with pytest.raises(stbank.StbankError) as error:
        stbank.open("set0", folder, plan, backend=backend)
    assert error.value.code == "usage"


@pytest.mark.parametrize("backend", BACKENDS)
def test_names_that_are_unknown_say_what_there_is(made: tuple[Path, list[MadeSet]], backend: str, tmp_path: Path) -> None:
    folder, _ = made
    cases = {
        "rain": "no data set `rain`; there are set0, set1", "set0@2.0.0": "no version 2.0.0",
        "set0@1.0.0#abcdef0": "not #abcdef0", "Set 0": "names no data set",
    }  # fmt: skip
    for name, text in cases.items():
        with pytest.raises(stbank.StbankError, match=text):
            stbank.open(name, folder, backend=backend)
    with pytest.raises(stbank.StbankError, match="there is no bank here"):
        stbank.open("set0", tmp_path, backend=backend)


def test_both_backends_resolve_a_plan_to_the_same_text(made: tuple[Path, list[MadeSet]]) -> None:
    folder, _ = made
    draw = np.random.default_rng(5)
    plans = [random_plan(draw) for _ in range(40)]
    plans += [
        {}, {"fill": 0}, {"fill": 0.1}, {"fill": -1e-30}, {"fill": float("nan")}, {"fill": "nan"}, {"resize": (3, 7)},
        {"normalise": "affine:1e-7,0.1"}, {"normalise": "affine:+12.50,-1E+22"}, {"crop": {"rows": 2, "columns": 3}},
        {"crop": {"rows": 2, "columns": 3, "at": "random"}}, {"order": "blocks"}, {"seed": str((1 << 64) - 1)},
        {"crop": {"rows": 2, "columns": 3, "at": "fixed", "row": 2, "column": 2}}, {"stride": None, "crop": None},
        {"stride": 2.0}, {"seed": np.int64(4)},
    ]  # fmt: skip
    for plan in plans:
        said = []
        for backend in BACKENDS:
            try:
                said.append(stbank.open("set1", folder, plan, backend=backend)._backend.description)
            except stbank.StbankError as error:
                said.append(error.code)
        assert said[0] == said[1], plan
