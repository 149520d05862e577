"""Copies of training windows: what is replaced is what lineage says, all else is the parent's, and all of it can be made again."""

import json
import random
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from campaign import (
    DAMAGED,
    DONE,
    KILLED,
    SOAK,
    USAGE,
    answer,
    assert_refused,
    assert_staging_is_empty,
    assert_verifies,
    attempt,
    command,
    flipped,
)
from cases import SAMPLE
from conftest import Bank, raw_paths

LENGTHS = ("--input", "3", "--target", "2", "--stride", "2")
SMALL = ("--upstream", "vit", "--depth", "1", "--width", "32", "--epochs", "1")
# One data set a format, all element types, missing values, fields of one and several channels; with soak all that can be augmented.
QUICK = ["sevir", "sevir-types-ir069", "taxibj", "kth", "rainnet-chen", "pd-stgasnet", "firesys", "netcdf", "netcdf-levels", "array"]
NEVER = {
    "sevir-spreadsheet": "no training data by its own rule",
    "taxibj-urbanfm": "a field of one patch",
    "rainnet-rz": "too few frames in a row",
    "rainnet-chen-patches": "too few frames in a row",
    **{f"rainnet-{name}": "no training data by its own rule" for name in "radolan yw rw rx wx ex rv tar odim".split()},
}
NAMES = QUICK if not SOAK else [name for name in SAMPLE if name not in NEVER and not name.startswith("netcdf-fills")]
TABLES = ("place", "neighbours", "copy_size")


@dataclass
class Copies:
    """A data set `it`, importance `maps` of its patches, and `copies`."""

    bank: Bank
    digest: str

    def augment(self, *more: object, bank: Bank | None = None, name: str = "copies", fault: str | None = None):
        words = ("augment", "it", "--importance", "maps", "--as", name, *more, "--json")
        return attempt(bank or self.bank, *words, fault=fault)

    def manifest(self, name: str, part: str) -> dict:
        return json.loads(self.bank.manifest(f"{name}@1.0.0", part).read_text())

    def payload(self) -> list[tuple[dict, Path]]:
        record = self.manifest("copies", "record")
        return [(file, self.bank.folder / "objects" / file["sha256"] / file["name"]) for file in record["payload"]]

    def stored(self) -> "Stored":
        return Stored([path for _, path in self.payload()])

    def stream(self, file: Path, *more: str) -> dict[str, np.ndarray]:
        """One epoch, without the places that fill up the last batch."""
        words = ("stream", "it", *LENGTHS, "--batch", "8", "--normalise", "none", *more, "--to", file)
        assert attempt(self.bank, *words).returncode == DONE
        with np.load(file) as arrays:
            valid = arrays["valid"]
            return {name: values[valid] for name, values in arrays.items() if name != "valid"}


class Stored:
    """The tables of an environments data set as h5py reads them, in plan order."""

    def __init__(self, paths: list[Path]) -> None:
        parts: dict[str, list[np.ndarray]] = {name: [] for name in ("values", *TABLES)}
        for path in paths:
            with h5py.File(path) as file:
                patches = next(name for name in file if name.startswith("patches_"))
                for name, part in parts.items():
                    part.append(file[patches if name == "values" else name][:])
        self.values, self.place, self.neighbours, self.copy_size = map(np.concatenate, parts.values())
        ends = self.copy_size.astype(np.int64).ravel().cumsum().reshape(self.copy_size.shape)
        self.begin, self.end = ends - self.copy_size, ends

    @property
    def copies(self) -> int:
        return self.copy_size.shape[1]

    def range(self, window: int, copy: int) -> slice:
        return slice(self.begin[window, copy - 1], self.end[window, copy - 1])


def grid(copies: Copies) -> tuple[int, int, int]:
    """Rows and columns of patches, and a patch's side."""
    importance, environments = (copies.manifest(name, "identity")["fields"][0] for name in ("maps", "copies"))
    return importance["rows"], importance["columns"], environments["rows"]


def make(bank: Bank, name: str) -> Copies:
    case = SAMPLE[name]
    bank.ingest(case.format, raw_paths("sample", case), "it", case.settings)
    bank.run("discover", "it", *SMALL, *LENGTHS, "--as", "maps", "--quiet")
    copies = Copies(bank, "")
    copies.digest = answer(copies.augment())["digest"]
    return copies


@pytest.fixture(scope="module", params=NAMES)
def copies(request: pytest.FixtureRequest, stbank: Path, tmp_path_factory: pytest.TempPathFactory) -> Copies:
    return make(Bank(tmp_path_factory.mktemp("copies") / "bank"), request.param)


@pytest.fixture(scope="module")
def some(stbank: Path, tmp_path_factory: pytest.TempPathFactory) -> Copies:
    """Copies of one data set, for what need not be tried on all."""
    return make(Bank(tmp_path_factory.mktemp("some") / "bank"), "sevir")


# MARK: Whole data sets


def test_every_copy_can_be_made_again(copies: Copies) -> None:
    done = attempt(copies.bank, "replay", "copies", "--sample", "all", "--check", "--json")
    told = answer(done)
    stored = copies.stored()
    assert told["differences"] == 0 and told["checked"]
    assert (told["windows"], told["copies"]) == (len(stored.copy_size), stored.copy_size.size)
    assert told["patches"] == len(stored.values) > 0
    assert_verifies(copies.bank)


def test_causal_patches_and_targets_are_the_parents_to_the_last_bit(copies: Copies, tmp_path: Path) -> None:
    plain = copies.stream(tmp_path / "plain.npz", "--order", "stored")
    copied = copies.stream(tmp_path / "copied.npz", "--order", "stored", "--environments", "copies")
    stored, (_, columns, side) = copies.stored(), grid(copies)
    assert (plain["sample"] == np.arange(len(stored.copy_size))).all()
    assert (copied["sample"] == plain["sample"]).all()
    np.testing.assert_array_equal(copied["targets"].view("u4"), plain["targets"].view("u4"))
    own, others = plain["inputs"].view("u4"), copied["inputs"].view("u4")
    np.testing.assert_array_equal(others[:, 0], own)
    causal = saliency(copies, plain)
    patches = causal.shape[2] * causal.shape[3]
    for window in range(len(own)):
        for copy in range(1, stored.copies + 1):
            kept = np.ones(own.shape[1:], bool)
            for place in stored.place[stored.range(window, copy)]:
                frame, patch = divmod(int(place), patches)
                row, column = divmod(patch, columns)
                assert not causal[window, frame, row, column], "a causal patch is replaced"
                kept[frame, :, row * side : (row + 1) * side, column * side : (column + 1) * side] = False
            np.testing.assert_array_equal(others[window, copy][kept], own[window][kept])
    assert (others[:, 1:] != own[:, None]).any()


def saliency(copies: Copies, plain: dict[str, np.ndarray]) -> np.ndarray:
    """(window, frame, row, column) of patches: whether it is causal, from the importance's own files."""
    paths = dict(copies.bank.payload("maps@1.0.0"))
    with h5py.File(paths["frames_mask"]) as file:
        masks, times, sizes = file["frames_mask"][:, 0], file["time"][:], file["row_size"][:]
        ids = ["".join(map(bytes.decode, row)).strip("\0") for row in file["sequence_id"][:]]
    rows = copies.bank.manifest("it@1.0.0", "identity").parent / "sequences.jsonl"
    order = [json.loads(line)["id"] for line in rows.read_text().splitlines()]
    begins = dict(zip(ids, np.concatenate([[0], sizes.cumsum()[:-1]])))
    lengths = dict(zip(ids, sizes))
    result, own_frames = [], frames_of_windows(copies)
    for sequence, first in zip(plain["sequence"], plain["first_frame"]):
        begin = begins[order[sequence]]
        own = times[begin : begin + lengths[order[sequence]]]
        result.append(masks[begin + np.searchsorted(own, own_frames(order[sequence], first, plain["inputs"].shape[1]))])
    return np.array(result) != 0


def frames_of_windows(copies: Copies) -> Callable[[str, int, int], np.ndarray]:
    """Of a sequence, a window's first frame and its length: the numbers of its frames. Of those of one time windows take the first."""
    taken: dict[str, np.ndarray] = {}
    for _, path in copies.bank.payload("it@1.0.0"):
        with h5py.File(path) as file:
            times, ends = file["time"][:], file["row_size"][:].cumsum()
            for row, first, end, size in zip(file["sequence_id"][:], file["first_frame"][:], ends, file["row_size"][:]):
                own = np.flatnonzero(np.diff(times[end - size : end], prepend=-np.inf)) + first
                id = "".join(map(bytes.decode, row)).strip("\0")
                taken[id] = np.union1d(taken.get(id, own), own)
    return lambda sequence, first, count: taken[sequence][np.searchsorted(taken[sequence], first) :][:count]


def test_stored_copies_and_those_made_on_the_fly_are_the_same_batches(copies: Copies, tmp_path: Path) -> None:
    for mode in ("parallel", "appended"):
        stored = copies.stream(tmp_path / "stored.npz", "--environments", "copies", "--copies", mode)
        flying = copies.stream(tmp_path / "flying.npz", "--environments", '{"importance":"maps"}', "--copies", mode)
        assert stored.keys() == flying.keys()
        for name, values in stored.items():
            assert values.tobytes() == flying[name].tobytes(), f"{mode}: {name} differ"


def test_the_files_are_little_larger_than_the_values(copies: Copies) -> None:
    for file, path in copies.payload():
        with h5py.File(path) as opened:
            values = opened[file["variable"]]
            bound = values.size * values.dtype.itemsize + 4 * len(values) + (64 << 10)
        assert path.stat().st_size <= bound


def test_a_patch_is_what_its_lineage_says(copies: Copies) -> None:
    """The values are mixed here anew, from the parent's frames and the weights that `lineage` names."""
    stored, (_, columns, side) = copies.stored(), grid(copies)
    frames, own_frames, compared = parents_frames(copies), frames_of_windows(copies), 0
    for window in random.Random(1).sample(range(len(stored.copy_size)), min(5, len(stored.copy_size))):
        done = attempt(copies.bank, "lineage", "copies", "--sample", window, "--json")
        head, *patches = map(json.loads, done.stdout.splitlines())
        assert head["replaced"] == len(patches) == stored.copy_size[window].sum()
        sequence, _, first = head["window"].rpartition("@")
        begin = stored.begin[window, 0]
        of_window = own_frames(sequence, int(first), 3)
        for number, patch in enumerate(patches):
            assert stored.place[begin + number] == patch["frame"] * head["patches_per_frame"] + patch["patch"]
            assert patch["draw"] < patch["rate"]
            assert sum(time["weight"] for time in patch["times"]) == pytest.approx(1, abs=1e-12)
            mixed = np.zeros(stored.values.shape[1:])
            shares = [(each["patch"], each["share"]) for each in patch["neighbours"] if "share" in each]
            assert sum(share for _, share in shares) == pytest.approx(1, abs=1e-12)
            for neighbour, share in shares:
                for time in patch["times"]:
                    frame = frames[sequence][of_window[time["frame"]]]
                    mixed += share * time["weight"] * cut(frame, neighbour, columns, side)
            # A cell without a value stays without one.
            own = cut(frames[sequence][of_window[patch["frame"]]], patch["patch"], columns, side)
            compared += compare(stored.values[begin + number], np.where(np.isfinite(own), mixed, np.nan))
    assert compared > 0


def parents_frames(copies: Copies) -> dict[str, np.ndarray]:
    frames = {}
    field = copies.manifest("it", "identity")["fields"][0]
    for variable, path in copies.bank.payload("it@1.0.0"):
        if variable != f"frames_{field['name']}":
            continue
        with h5py.File(path) as file:
            values, begin = file[variable][:], 0
            if values.dtype.kind != "f":
                # Cells without a value are not mixed; they become NaN here and are not compared.
                values = np.where(np.isin(values, field["missing"]), np.nan, values)
            for row, size in zip(file["sequence_id"][:], file["row_size"][:]):
                id = "".join(map(bytes.decode, row)).strip("\0")
                frames[id] = np.concatenate([frames[id], values[begin : begin + size]]) if id in frames else values[begin : begin + size]
                begin += size
    return frames


def cut(frame: np.ndarray, patch: int, columns: int, side: int) -> np.ndarray:
    """A patch, beyond the field with its last row and column repeated."""
    row, column = divmod(patch, columns)
    rows = np.minimum(np.arange(row * side, (row + 1) * side), frame.shape[1] - 1)
    across = np.minimum(np.arange(column * side, (column + 1) * side), frame.shape[2] - 1)
    return frame[:, rows][:, :, across].astype(np.float64)


def compare(stored: np.ndarray, mixed: np.ndarray) -> int:
    """The number of pixels that are compared."""
    whole = np.isfinite(mixed)
    if stored.dtype.kind == "f":
        np.testing.assert_allclose(stored[whole], mixed[whole], rtol=1e-6, atol=1e-12)
    else:
        # A sum in another order may fall on the other side of a half.
        assert np.abs(stored[whole].astype(np.float64) - mixed[whole]).max(initial=0) <= 0.5 + 1e-9
    return int(whole.sum())


# MARK: Damage


@pytest.mark.parametrize("part", ["values", *TABLES])
def test_a_flipped_bit_is_found_by_verify_and_by_replay(some: Copies, part: str) -> None:
    file, path = some.payload()[0]
    stored = some.stored()
    draw = random.Random(part)
    if part == "values":
        begin, size = file["offset"], stored.values.nbytes
    else:
        table = next(table for table in file["tables"] if table["name"] == part)
        begin, size = table["offset"], table["byte_count"]
    # The tables of a file lie behind each other; what fills them up to a whole number of chunks is no number of theirs.
    places = {0, size - 1, *(draw.randrange(size) for _ in range(100 if SOAK else 4))}
    for place in places:
        with flipped(path, begin + place, draw.randrange(8)):
            checked = attempt(some.bank, "verify", "copies")
            assert checked.returncode == DAMAGED and str(path) in checked.stdout
            done = attempt(some.bank, "replay", "copies", "--sample", "all", "--check", "--json")
            assert done.returncode == DAMAGED, f"{part}, byte {place}: not found\n{done.stdout}"
            assert str(path) in done.stdout + done.stderr
            if part == "values":
                assert_names_patch(done.stdout, stored, place // stored.values[0].nbytes, some)
    assert answer(attempt(some.bank, "replay", "copies", "--sample", "all", "--check", "--json"))["differences"] == 0


def assert_names_patch(said: str, stored: Stored, number: int, copies: Copies) -> None:
    """The one difference that is told is that of a stored patch."""
    differences = [json.loads(line) for line in said.splitlines()][:-1]
    window, copy = np.argwhere((stored.begin <= number) & (number < stored.end))[0]
    rows, columns, _ = grid(copies)
    frame, patch = divmod(int(stored.place[number]), rows * columns)
    assert [(each["copy"], each["frame"], each["patch"]) for each in differences] == [(copy + 1, frame, patch)]
    head = json.loads(attempt(copies.bank, "lineage", "copies", "--sample", window, "--json").stdout.splitlines()[0])
    assert differences[0]["window"] == head["window"]


def test_lineage_of_a_copy_that_was_changed_is_refused(some: Copies) -> None:
    file, path = some.payload()[0]
    table = next(table for table in file["tables"] if table["name"] == "neighbours")
    with flipped(path, table["offset"], 0):
        assert_refused(attempt(some.bank, "lineage", "copies", "--sample", "0"), str(path), "replay")


def test_replay_and_lineage_refuse_what_is_not_there(some: Copies) -> None:
    for words in (
        ("replay", "maps", "--sample", "all", "--check"),
        ("replay", "copies", "--sample", "1000000", "--check"),
        ("replay", "copies", "--sample", "nobody@0", "--check"),
        ("lineage", "copies", "--sample", "0", "--copy", "4"),
        ("lineage", "it", "--sample", "0"),
        ("lineage", "nothing"),
    ):
        assert_refused(attempt(some.bank, *words), code=(USAGE,))
    assert attempt(some.bank, "lineage", "copies", "--copy", "1").returncode == USAGE


def test_lineage_goes_back_to_the_raw_files(some: Copies) -> None:
    members = [json.loads(line) for line in attempt(some.bank, "lineage", "copies", "--json").stdout.splitlines()]
    assert [each["kind"] for each in members] == ["environments", "frames", "importance"]
    copies, frames, maps = members
    assert copies["digest"] == some.digest
    assert copies["parents"] == [frames["id"], maps["id"]] and maps["parents"] == [frames["id"]]
    assert len(frames["sources"]) == 8 and maps["attachments"][0]["name"] == "weights.safetensors"


# MARK: Made again


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_the_number_of_threads_changes_nothing(some: Copies, threads: int, tmp_path: Path) -> None:
    bank = emptied(some, tmp_path)
    assert answer(some.augment("--threads", threads, bank=bank))["digest"] == some.digest


def test_more_copies_begin_with_the_same_ones(some: Copies, tmp_path: Path) -> None:
    bank = emptied(some, tmp_path)
    answer(some.augment("--copies", 5, bank=bank))
    more, stored = Copies(bank, "").stored(), some.stored()
    assert (more.copies, stored.copies) == (5, 3)
    for window in range(len(stored.copy_size)):
        for copy in (1, 2, 3):
            one, other = stored.range(window, copy), more.range(window, copy)
            np.testing.assert_array_equal(stored.place[one], more.place[other])
            np.testing.assert_array_equal(stored.values[one], more.values[other])


def emptied(copies: Copies, folder: Path) -> Bank:
    """The bank as it was before there were copies."""
    bank = Bank(Path(shutil.copytree(copies.bank.folder, folder / "bank")))
    assert attempt(bank, "remove", "copies").returncode == DONE
    assert attempt(bank, "gc").returncode == DONE
    return bank


def assert_is_whole_or_not_there(copies: Copies, bank: Bank) -> None:
    assert_verifies(bank)
    if (bank.folder / "refs" / "copies" / "1.0.0").exists():
        assert bank.digest("copies@1.0.0") == copies.digest


def assert_goes_on(copies: Copies, bank: Bank) -> None:
    assert answer(copies.augment(bank=bank))["digest"] == copies.digest
    assert_staging_is_empty(bank)
    assert answer(attempt(bank, "replay", "copies", "--sample", "all", "--check", "--json"))["differences"] == 0


def test_parts_of_several_machines_give_the_same_digest(some: Copies, tmp_path: Path) -> None:
    bank = emptied(some, tmp_path)
    waiting = answer(some.augment("--part", "2/2", bank=bank))
    assert waiting == {"part": "2/2", "made": 0, "finished": 0, "of": 1, "published": False}
    assert_is_whole_or_not_there(some, bank)
    assert answer(some.augment("--part", "1/2", bank=bank))["digest"] == some.digest
    assert_staging_is_empty(bank)
    assert answer(some.augment("--part", "2/2", bank=bank))["known"]
    assert some.augment("--part", "3/2", bank=bank).returncode == USAGE


@pytest.mark.parametrize("part", [(), ("--part", "1/2")])
def test_killed_at_a_durable_call_and_started_again_it_gives_the_same_digest(
    some: Copies, part: tuple[str, ...], tmp_path: Path
) -> None:
    number, killed, step = 1, 0, 1 if SOAK else 7
    while True:
        bank = emptied(some, tmp_path / str(number))
        done = some.augment(*part, bank=bank, fault=f"kill:{number}")
        if done.returncode != KILLED:
            break
        killed += 1
        assert_is_whole_or_not_there(some, bank)
        assert_goes_on(some, bank)
        shutil.rmtree(bank.folder)
        number += step
    assert killed > 3 and answer(done)["digest"] == some.digest


def test_killed_from_outside_and_started_again_it_gives_the_same_digest(some: Copies, tmp_path: Path) -> None:
    words = ("augment", "it", "--importance", "maps", "--as", "copies", "--quiet")
    begin = time.monotonic()
    subprocess.run(command(emptied(some, tmp_path / "timed"), *words), check=True, capture_output=True)
    duration = time.monotonic() - begin
    draw, killed = random.Random(5), 0
    for number in range(100 if SOAK else 8):
        bank = emptied(some, tmp_path / str(number))
        for _ in range(2):
            started = subprocess.Popen(command(bank, *words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(draw.uniform(0, duration))
            started.kill()
            killed += started.wait() == KILLED
            assert_is_whole_or_not_there(some, bank)
        assert_goes_on(some, bank)
        shutil.rmtree(bank.folder)
    assert killed > 0


# MARK: For other programs


def test_an_export_holds_the_tables(some: Copies, tmp_path: Path) -> None:
    stored, (rows, columns, _) = some.stored(), grid(some)
    with np.load(some.bank.export("copies", tmp_path / "copies.npz")) as file:
        arrays = dict(file)
    np.testing.assert_array_equal(arrays["values"], stored.values)
    assert arrays["values"].dtype == stored.values.dtype
    np.testing.assert_array_equal(arrays["frame"] * rows * columns + arrays["patch"], stored.place)
    np.testing.assert_array_equal(arrays["neighbours"], stored.neighbours)
    windows, copies = np.indices(stored.copy_size.shape)
    np.testing.assert_array_equal(arrays["sample"], windows.ravel().repeat(stored.copy_size.ravel()))
    np.testing.assert_array_equal(arrays["copy"], 1 + copies.ravel().repeat(stored.copy_size.ravel()))
    last = len(stored.copy_size) - 1
    head = json.loads(attempt(some.bank, "lineage", "copies", "--sample", last, "--json").stdout.splitlines()[0])
    assert head["window"] == f"{arrays['window_sequence'][last]}@{arrays['window_first_frame'][last]}"


def test_an_export_of_importance_holds_values_and_mask(some: Copies, tmp_path: Path) -> None:
    with np.load(some.bank.export("maps", tmp_path / "maps.npz")) as arrays:
        for variable, path in some.bank.payload("maps@1.0.0"):
            with h5py.File(path) as file:
                np.testing.assert_array_equal(arrays[variable.removeprefix("frames_")], file[variable][:])
                np.testing.assert_array_equal(arrays["frame"], file["time"][:])
        assert arrays["sequence_length"].sum() == len(arrays["importance"]) == len(arrays["mask"])
    assert attempt(some.bank, "export", "maps", "-o", tmp_path / "x.npz", "--field", "mask").returncode == USAGE


def test_whole_copies_are_a_data_set_for_everyone(copies: Copies, tmp_path: Path) -> None:
    whole = answer(copies.augment("--store", "full", name="whole"))
    streamed = copies.stream(tmp_path / "streamed.npz", "--order", "stored", "--environments", "copies")
    own = copies.bank.frames("whole", tmp_path)
    windows, versions, length = streamed["inputs"].shape[:3]
    assert len(own["sequence_id"]) == windows * (versions - 1) and set(own["split"]) == {"train"}
    assert whole["frames"] == len(own["frames"]) and whole["known"] is False
    frames = own["frames"].reshape(windows, versions - 1, -1, *own["frames"].shape[1:])
    stored = stored_values(copies, frames)
    np.testing.assert_array_equal(stored[:, :, :length], streamed["inputs"][:, 1:])
    for copy in range(versions - 1):
        np.testing.assert_array_equal(stored[:, copy, length:], streamed["targets"])
    head = json.loads(attempt(copies.bank, "lineage", "copies", "--sample", 1, "--json").stdout.splitlines()[0])
    assert list(own["sequence_id"][versions - 1 :][: versions - 1]) == [f"{head['window']}#{copy}" for copy in range(1, versions)]
    identity, parents = copies.manifest("whole", "identity"), copies.manifest("copies", "identity")["parents"]
    assert identity["kind"] == "frames" and identity["parents"] == parents
    assert_verifies(copies.bank)
    plan = attempt(copies.bank, "stream", "whole", *LENGTHS, "--batch", "4", "--json")
    assert answer(plan)["state"]["windows"] == len(own["sequence_id"])


def stored_values(copies: Copies, frames: np.ndarray) -> np.ndarray:
    """Stored numbers as a stream without normalisation serves them: in units, float32, NaN where missing."""
    field = copies.manifest("it", "identity")["fields"][0]
    lost = ~np.isfinite(frames) if frames.dtype.kind == "f" else np.isin(frames, field["missing"])
    values = frames.astype(np.float32) * np.float32(field["scale"]) + np.float32(field["offset"])
    return np.where(lost, np.float32(np.nan), values)


@pytest.mark.parametrize("ending", ["png", "gif"])
def test_a_preview_shows_original_copy_difference_and_mask(some: Copies, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"copy.{ending}"
    assert attempt(some.bank, "preview", "copies", "--sample", 1, "--copy", 2, "-o", path).returncode == DONE
    with Image.open(path) as picture:
        assert getattr(picture, "n_frames", 1) == (1 if ending == "png" else 3)
        frames = np.array(picture.convert("RGB")).astype(int)
    own, changed, difference, mask = np.split(frames, 4, axis=0 if ending == "png" else 1)
    if ending == "png":
        stored = some.stored()
        last = slice(2 * own.shape[1] // 3, None)
        side = own.shape[0] // grid(some)[0]
        replaced = np.zeros(grid(some)[:2], bool)
        places = stored.place[stored.range(1, 2)]
        count = replaced.size
        replaced.ravel()[places[places // count == 2] % count] = True
        # SEVIR's rows are stored from the south.
        inside = replaced[::-1].repeat(side, 0).repeat(side, 1)
        same = (own[:, last] == changed[:, last]).all(2)
        assert same[~inside].all() and not same[inside].all()
        assert (difference[:, last][~inside] == 0).all() and (difference[:, last][inside] > 0).any()
        assert ((mask[:, last] == (230, 60, 50)).all(2).sum()) > 4 * (side - 1) * replaced.sum() // 2
        assert not (mask[:, last] == (230, 60, 50)).all(2)[~inside].any()


def test_a_preview_of_no_copy_is_refused(some: Copies, tmp_path: Path) -> None:
    for words in (
        ("copies", "--copy", "4"),
        ("copies", "--sample", "nobody@0"),
        ("copies", "--sequence", "S728503"),
        ("it", "--sample", "1"),
        ("maps", "--copy", "1"),
    ):
        assert_refused(attempt(some.bank, "preview", *words, "-o", tmp_path / "x.png"), code=(USAGE,))
