"""All windows of a plan, kept as runs of frames. StreamOrder.md, "Windows"."""

from collections.abc import Iterator

import numpy as np

from .bank import Dataset, damaged
from .errors import StbankError
from .keyed import mix64
from .pieces import PieceTable
from .xxh3 import xxh3


class Run:
    """Kept frames of a sequence that windows may be cut from."""

    def __init__(self, sequence: int, id: str, frames: np.ndarray, first_window: int) -> None:
        self.sequence = sequence
        self.id = id
        self.first_window = first_window
        self.count = len(frames)
        self.first = int(frames[0])
        # A run without a left-out frame needs no list.
        self.frames = None if int(frames[-1]) - self.first == len(frames) - 1 else frames

    def part(self, start: int, stop: int) -> list[tuple[int, int]]:
        """Frames start ..< stop of the run as ranges (first, end) of the sequence's frames."""
        if self.frames is None:
            return [(self.first + start, self.first + stop)]
        own = self.frames[start:stop]
        cuts = np.flatnonzero(np.diff(own) != 1) + 1
        return [(int(part[0]), int(part[-1]) + 1) for part in np.split(own, cuts) if len(part)]


class Window:
    """One window: where its frames lie."""

    def __init__(self, number: int, run: Run, start: int) -> None:
        self.number = number
        self.sequence = run.sequence
        self._run = run
        self._start = start
        self.first_frame = run.first if start == 0 else run.part(start, start + 1)[0][0]

    @property
    def key(self) -> int:
        """METHOD 4.5: the same whatever the stride, the split and what is added to the data set later."""
        return mix64(xxh3(self._run.id.encode()) ^ self.first_frame)

    def frames(self, start: int, stop: int) -> list[tuple[int, int]]:
        """Frames start ..< stop of the window as ranges of the sequence's frames."""
        return self._run.part(self._start + start, self._start + stop)


class WindowTable:
    def __init__(self, dataset: Dataset, plan: dict, pieces: dict[int, PieceTable]) -> None:
        self._stride = plan["stride"]
        self._runs: list[Run] = []
        length = plan["input_frames"] + plan["target_frames"]
        count = 0
        for number, line in enumerate(checked_sequences(dataset)):
            if line["split"] != plan["split"]:
                continue
            for table in pieces.values():
                if table.frames_of(number) != line["frames"]:
                    what = f"the pieces of sequence `{line['id']}` are not its {line['frames']} frames"
                    raise damaged(what, dataset.folder)
            for frames in kept_runs(line, list(pieces), dataset.identity["time_axis"], plan):
                if len(frames) >= length:
                    self._runs.append(Run(number, line["id"], frames, count))
                    count += (len(frames) - length) // self._stride + 1
        self.count = count
        self._first_windows = np.array([run.first_window for run in self._runs], np.int64)

    def __getitem__(self, number: int) -> Window:
        run = self._runs[int(np.searchsorted(self._first_windows, number, side="right")) - 1]
        return Window(number, run, (number - run.first_window) * self._stride)


def no_window(dataset: Dataset, plan: dict) -> StbankError:
    length = plan["input_frames"] + plan["target_frames"]
    return StbankError(
        "usage",
        f"no window of {plan['input_frames']} + {plan['target_frames']} frames in split `{plan['split']}`: "
        f"no run of {length} frames without gap, border or missing frame",
        dataset.id,
        "take shorter lengths, another split, or allow gaps (cross_gaps) or missing frames (keep_missing)",
    )


def checked_sequences(dataset: Dataset) -> Iterator[dict]:
    """The lines of sequences.jsonl whose numbers agree with each other."""
    path = dataset.folder / "sequences.jsonl"
    count = 0
    for line in dataset.sequences():
        count += 1
        try:
            sound = _is_sound(line, len(dataset.fields))
        except (KeyError, TypeError, ValueError):
            sound = False
        if not sound:
            raise damaged(f"line {count} is damaged", path)
        yield line
    if count != dataset.identity["sequences"]["count"]:
        raise damaged("does not list all sequences", path)


def _is_sound(line: dict, fields: int) -> bool:
    frames = line["frames"]
    if not isinstance(line["id"], str) or not 0 <= frames < 1 << 31 or len(line["missing"]) != fields:
        return False
    if len(line["times"]) not in (1, fields):
        return False
    for times in line["times"]:
        counts = [run["count"] for run in times["runs"]]
        if min(counts, default=1) < 1 or sum(counts) != frames:
            return False
    ranges = [line["segments"], *line["missing"]]
    return all(first >= 0 and count >= 0 and first + count <= frames for part in ranges for first, count in part)


def kept_runs(line: dict, fields: list[int], axis: dict, plan: dict) -> list[np.ndarray]:
    """The runs of a sequence's frames that hold no border, each as its kept frames in order."""
    count = line["frames"]
    left_out = np.zeros(count, bool)
    border = np.zeros(count, bool)
    for times in line["times"] if len(line["times"]) == 1 else [line["times"][field] for field in fields]:
        duplicate, gap = _flags(times["runs"], axis, plan["cross_gaps"])
        left_out |= duplicate
        border |= gap
    hole = np.zeros(count, bool)
    if line["segments"]:
        hole[:] = True
        for first, frames in line["segments"]:
            hole[first : first + frames] = False
            if frames:
                border[first] = True
    if not plan["keep_missing"]:
        for field in fields:
            for first, frames in line["missing"][field]:
                hole[first : first + frames] = True
    # A hole ends a run; so does a border, also one on a frame that is left out.
    island = np.cumsum(border | hole)
    kept = np.flatnonzero(~left_out & ~hole)
    return [part for part in np.split(kept, np.flatnonzero(np.diff(island[kept])) + 1) if len(part)]


def _flags(runs: list[dict], axis: dict, cross_gaps: bool) -> tuple[np.ndarray, np.ndarray]:
    """Duplicates and gaps of one field's frames."""
    steps: list[np.ndarray] = []
    before = None
    for run in runs:
        # Python's numbers do not overflow; a step beyond 64 bits is a gap, whatever the cadence.
        first = 0 if before is None else run["start"] - before
        steps.append(np.full(run["count"], _clamped(run["step"]), np.int64))
        steps[-1][0] = _clamped(first)
        before = run["start"] + run["step"] * (run["count"] - 1)
    step = np.concatenate(steps)
    duplicate = step == 0
    duplicate[0] = False
    if cross_gaps or axis.get("cadence") is None:
        return duplicate, np.zeros(len(step), bool)
    tolerance = max(0, axis["tolerance"])
    gap = (step < _clamped(axis["cadence"] - tolerance)) | (step > _clamped(axis["cadence"] + tolerance))
    gap &= ~duplicate
    gap[0] = False
    return duplicate, gap


def _clamped(value: int) -> int:
    return max(-(1 << 62), min(1 << 62, value))
