"""Values of batches against NumPy written from StreamOrder.md; the library and NumPy alone give the same bytes."""

from pathlib import Path

import numpy as np
import pytest

from cases import SAMPLE
from conftest import Bank, raw_paths
from made_bank import ELEMENTS, MadeField, MadeSet, random_set, write

import stbank

RULES = ["none", "standard", "minmax", "affine:0.3,-7.25", "log"]
SETS = range(len(ELEMENTS))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[MadeSet]]:
    folder = tmp_path_factory.mktemp("values")
    sets = [random_set(f"set{seed}", seed, archive=seed % 3 == 1, piece_frames=4 + seed * 5) for seed in SETS]
    for data in sets:
        write(folder, data)
    return folder, sets


def order_of(bits: np.ndarray) -> np.ndarray:
    """Float32 as whole numbers in their order: neighbours differ by 1, 0 and -0 not at all."""
    whole = bits.view(np.int32).astype(np.int64)
    return np.where(whole < 0, -(whole & 0x7FFFFFFF), whole)


def ulps(one: np.ndarray, other: np.ndarray) -> int:
    np.testing.assert_array_equal(np.isnan(one), np.isnan(other))
    there = ~np.isnan(one)
    return int(np.abs(order_of(one[there]) - order_of(other[there])).max(initial=0))


def training_numbers(data: MadeSet, field: MadeField) -> dict[str, np.ndarray]:
    """By channel: least, largest, mean, deviation of the training split."""
    number = data.fields.index(field)
    stored = np.concatenate([s.frames[number] for s in data.sequences if s.split == "train"])
    lost = field.is_missing(stored)
    channels = [stored[:, c][~lost[:, c]].astype(np.float64) for c in range(field.channels)]
    return {name: np.array([getattr(c, name)() for c in channels]) for name in ("min", "max", "mean", "std")}


def a_and_b(data: MadeSet, field: MadeField, rule: str) -> tuple[np.ndarray, np.ndarray]:
    """The table of StreamOrder.md, one A and B a channel."""
    sign = -1.0 if field.scale < 0 else 1.0
    found = training_numbers(data, field)
    if rule in ("none", "log"):
        return np.full(field.channels, field.scale), np.full(field.channels, field.offset)
    if rule == "standard":
        a = sign / np.where(found["std"] == 0, 1, found["std"])
        return a, -a * found["mean"]
    if rule == "minmax":
        a = sign / np.where(found["max"] == found["min"], 1, found["max"] - found["min"])
        return a, -a * (found["max"] if sign < 0 else found["min"])
    a, b = map(float, rule[7:].split(","))
    return np.full(field.channels, a * field.scale), np.full(field.channels, a * field.offset + b)


def changed(value: np.ndarray, a: np.ndarray, b: np.ndarray, rule: str) -> np.ndarray:
    """In double; (…, C, H, W)."""
    value = value * a[:, None, None] + b[:, None, None]
    return np.log1p(np.maximum(0, value)) if rule == "log" else value


def plain(stored: np.ndarray, lost: np.ndarray, a: np.ndarray, b: np.ndarray, rule: str) -> np.ndarray:
    if rule == "log":
        values = changed(stored.astype(np.float64), a, b, rule).astype(np.float32)
    else:
        values = stored.astype(np.float32)
        for c in range(len(a)):
            if (np.float32(a[c]), np.float32(b[c])) != (1, 0):
                values[:, c] = values[:, c] * np.float32(a[c]) + np.float32(b[c])
    return values


def resized(stored: np.ndarray, lost: np.ndarray, size: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Cell by cell: each contributor with its weight."""
    height, width = stored.shape[-2:]
    values = np.zeros((*stored.shape[:-2], *size))
    gone = np.zeros(values.shape, bool)
    for row in range(size[0]):
        y = min(max((row + 0.5) * height / size[0] - 0.5, 0), height - 1)
        for column in range(size[1]):
            x = min(max((column + 0.5) * width / size[1] - 0.5, 0), width - 1)
            lines = []
            for i, v in ((int(y), 1 - (y - int(y))), (int(y) + 1, y - int(y))):
                if v == 0:
                    continue
                line = 0.0
                for j, u in ((int(x), 1 - (x - int(x))), (int(x) + 1, x - int(x))):
                    if u > 0:
                        gone[..., row, column] |= lost[..., i, j]
                        line = line + stored[..., i, j].astype(np.float64) * u
                lines.append(line * v)
            values[..., row, column] = sum(lines)
    return values, gone


def expected(data: MadeSet, plan: dict, batch: stbank.Batch, slot: int, place: tuple[int, int]) -> list[tuple]:
    """Values and masks of the inputs and the targets of a slot. The windows have no left-out frame."""
    result = []
    first = int(batch.first_frames[slot])
    middle, end = first + plan["input_frames"], first + plan["input_frames"] + plan["target_frames"]
    for key, begin, stop in (("input_field", first, middle), ("target_field", middle, end)):
        field = next(field for field in data.fields if field.name == plan[key])
        stored = data.sequences[batch.sequences[slot]].frames[data.fields.index(field)][begin:stop]
        if plan["crop"]:
            row, column = place
            stored = stored[..., row : row + plan["crop"]["rows"], column : column + plan["crop"]["columns"]]
        lost = field.is_missing(stored)
        a, b = a_and_b(data, field, plan["normalise"])
        with np.errstate(all="ignore"):
            if plan["resize"]:
                values, lost = resized(stored, lost, plan["resize"])
                values = changed(values, a, b, plan["normalise"]).astype(np.float32)
            else:
                values = plain(stored, lost, a, b, plan["normalise"])
        values[lost] = np.nan if plan["fill"] == "nan" else plan["fill"]
        result.append((values, ~lost))
    return result


def regular(data: MadeSet) -> MadeSet:
    """The same frames without duplicates and gaps."""
    for sequence in data.sequences:
        sequence.times = [[300 * frame for frame in range(sequence.count)]]
        sequence.segments = []
    return data


CROPS = [None, {"rows": 3, "columns": 2}, {"rows": 2, "columns": 4, "at": "fixed", "row": 2, "column": 1}]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("number", SETS, ids=ELEMENTS)
def test_values_and_masks_are_those_of_the_specification(number: int, rule: str, tmp_path: Path) -> None:
    data = regular(random_set("sample", number, sequences=5, archive=number % 2 == 0))
    write(tmp_path, data)
    worst = 0
    for crop, resize, fill in zip([*CROPS, CROPS[1], None], [None, None, None, [4, 3], [7, 9]], ["nan", -3, 0.1, "nan", 5]):
        keys = {"crop": crop, "resize": resize, "fill": fill, "normalise": rule, "keep_missing": True, "batch_size": 4}
        streams = [
            stbank.open("sample", tmp_path, keys, input_field="rain", target_field="wind", masks=True, backend=backend)
            for backend in ("native", "numpy")
        ]
        plan = streams[0].plan | {"fill": streams[0].plan["fill"]}
        place = {None: (0, 0), "centre": (0, 1), "fixed": (2, 1)}[crop and crop.get("at", "centre")]
        for step in range(min(3, streams[0].steps)):
            batches = [stream.batch(1, step) for stream in streams]
            for slot in range(4):
                for part, (values, mask) in zip(("input", "target"), expected(data, plan, batches[0], slot, place)):
                    for batch in batches:
                        np.testing.assert_array_equal(getattr(batch, f"{part}_mask")[slot], mask)
                        own = getattr(batch, f"{part}s")[slot]
                        if rule == "log" or resize:
                            # Of a sum near 0 the last bits depend on the order of the summands.
                            np.testing.assert_allclose(own, values, 3e-7, 1e-5 * np.nanmax(np.abs(values), initial=1e-9))
                        else:
                            assert own.tobytes() == values.tobytes()
            for name in ("inputs", "targets"):
                worst = max(worst, ulps(getattr(batches[0], name), getattr(batches[1], name)))
                if rule != "log" and not resize:
                    assert getattr(batches[0], name).tobytes() == getattr(batches[1], name).tobytes()
    assert worst <= 1, f"{worst} ulp between library and NumPy"


def test_both_backends_give_the_same_bytes_for_random_plans(made: tuple[Path, list[MadeSet]]) -> None:
    folder, sets = made
    draw = np.random.default_rng(11)
    compared = 0
    for turn in range(60):
        data = sets[turn % len(sets)]
        keys = {
            "normalise": str(draw.choice(RULES[:4])), "seed": turn, "stride": int(draw.integers(1, 4)),
            "order": str(draw.choice(["shuffled", "blocks", "stored"])), "cross_gaps": True, "batch_size": 6,
            "keep_missing": bool(turn % 2), "input_field": str(draw.choice(["rain", "wind"])),
            "crop": [None, {"rows": 2, "columns": 3, "at": "random"}][turn % 3 == 0],
        }  # fmt: skip
        native, alone = (stbank.open(data.name, folder, keys, masks=True, backend=b) for b in ("native", "numpy"))
        for step in range(min(4, native.steps)):
            one, other = native.batch(turn % 3, step), alone.batch(turn % 3, step)
            for name in ("inputs", "targets", "valid", "windows", "sequences", "first_frames", "input_mask", "target_mask"):
                assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), (name, keys)
            compared += 1
    assert compared > 100


BENCHMARKS = {
    "sevir": lambda x, train: x.astype(np.float32) * np.float32(1 / 255),
    "kth": lambda x, train: x.astype(np.float32) * np.float32(1 / 255),
    "rainnet": lambda x, train: np.log(np.maximum(0, x.astype(np.float64)) + 0.01).astype(np.float32),
    "taxibj": None,
}


@pytest.mark.parametrize("name", BENCHMARKS)
def test_the_benchmarks_rules_hold_for_exported_frames(name: str, bank: Bank, tmp_path: Path) -> None:
    id = bank.ingest(SAMPLE[name].format, raw_paths("sample", SAMPLE[name]), f"stream-{name}", SAMPLE[name].settings)["id"]
    arrays = bank.frames(id, tmp_path)
    frames, starts = arrays["frames"], arrays["sequence_start"]
    streams = [stbank.open(id, bank.folder, normalise="benchmark", backend=b) for b in ("native", "numpy")]
    for step in range(min(3, streams[0].steps)):
        one, other = (stream.batch(0, step) for stream in streams)
        assert ulps(one.inputs, other.inputs) <= (1 if name == "rainnet" else 0)
        for slot in range(len(one.windows)):
            first = starts[one.sequences[slot]] + one.first_frames[slot]
            stored = frames[first : first + len(one.inputs[slot])]
            if name == "taxibj":
                values = taxibj(stored, arrays)
                assert np.abs(one.inputs[slot] - values).max() < 3e-7 and np.abs(values).max() <= 1
            elif name == "rainnet":
                values = np.where(np.isfinite(stored), BENCHMARKS[name](stored, None), np.nan)
                assert ulps(one.inputs[slot], values) <= 1
            else:
                assert one.inputs[slot].tobytes() == BENCHMARKS[name](stored, None).tobytes()


def taxibj(stored: np.ndarray, arrays: dict[str, np.ndarray]) -> np.ndarray:
    """Training least and largest to -1..1, by channel."""
    spans = zip(arrays["sequence_start"], arrays["sequence_length"], arrays["split"])
    train = np.concatenate([arrays["frames"][start : start + count] for start, count, split in spans if split == "train"])
    least, largest = train.min((0, 2, 3)), train.max((0, 2, 3))
    return 2 * (stored - least[:, None, None]) / (largest - least)[:, None, None] - 1
