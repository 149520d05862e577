"""Banks written by hand, byte by byte as `schemas/` says: any element type, gaps, duplicates, segments, empty frames."""

import hashlib
import json
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from stbank import xxh3

PAGE = 4096
INTEGERS = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]
ELEMENTS = [*INTEGERS, "float32", "float64"]


@dataclass
class MadeField:
    name: str
    element: str = "int16"
    channels: int = 1
    rows: int = 4
    columns: int = 5
    scale: float = 1.0
    offset: float = 0.0
    missing: list = field(default_factory=list)

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.channels, self.rows, self.columns

    def is_missing(self, stored: np.ndarray) -> np.ndarray:
        lost = ~np.isfinite(stored) if stored.dtype.kind == "f" else np.zeros(stored.shape, bool)
        for value in self.missing:
            lost |= stored == np.array(value).astype(self.element)
        return lost


@dataclass
class MadeSequence:
    id: str
    split: str
    # One list, or one for each field.
    times: list[list[int]]
    # By field, (frames, C, H, W).
    frames: list[np.ndarray]
    segments: list[tuple[int, int]] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.frames[0])


@dataclass
class MadeSet:
    name: str
    fields: list[MadeField]
    sequences: list[MadeSequence]
    cadence: int | None = 300
    tolerance: int = 0
    source: str = "array"
    archive: bool = False
    # Frames of a piece, and of a chunk of an archive.
    piece_frames: int = 1 << 30
    chunk_frames: int = 3
    lengths: tuple[int, int] = (2, 1)

    def runs_of_empty_frames(self, sequence: MadeSequence, number: int) -> list[list[int]]:
        stored = sequence.frames[number]
        empty = self.fields[number].is_missing(stored).reshape(len(stored), -1).all(1)
        return [[frame, 1] for frame in np.flatnonzero(empty).tolist()]


def write(folder: Path, data: MadeSet) -> None:
    """Adds version 1.0.0 of a data set to a bank."""
    for name in ("refs", "manifests", "objects", "builds", "staging", "runs", "cache"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "bank.json").write_text('{"format":"stbank","uuid":"00000000-0000-4000-8000-000000000000","version":1}\n')
    sequences = _lines(_sequence(data, sequence) for sequence in data.sequences)
    identity = _text(_identity(data, sequences))
    digest = hashlib.sha256(identity).hexdigest()
    manifest = folder / "manifests" / digest
    manifest.mkdir(exist_ok=True)
    files, pieces = [], []
    for number in range(len(data.fields)):
        files.append(_payload(folder, data, number))
        pieces += _pieces(data, number)
    (manifest / "sequences.jsonl").write_bytes(sequences)
    (manifest / "pieces.jsonl").write_bytes(_lines(pieces))
    (manifest / "identity.json").write_bytes(identity)
    write_record(manifest, _record(data, digest, files, _lines(pieces)))
    (folder / "refs" / data.name).mkdir(exist_ok=True)
    (folder / "refs" / data.name / "1.0.0").write_text(digest + "\n")


def write_record(manifest: Path, record: dict) -> None:
    """A record with the checksum that belongs to it, true or not in what it says."""
    body = _text({key: value for key, value in record.items() if key != "~checksum"})
    checksum = hashlib.sha256(body).hexdigest()
    path = manifest / "record.json"
    path.unlink(missing_ok=True)
    path.write_bytes(body[:-1] + f',"~checksum":"{checksum}"}}\n'.encode())


def read_record(manifest: Path) -> dict:
    return json.loads((manifest / "record.json").read_text())


def _text(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _lines(values) -> bytes:
    return b"".join(_text(value) + b"\n" for value in values)


def _sequence(data: MadeSet, sequence: MadeSequence) -> dict:
    # A run a frame is as good as any other form of the same times.
    times = [{"count": sequence.count, "runs": [{"count": 1, "start": t, "step": 0} for t in own]} for own in sequence.times]
    empty = [data.runs_of_empty_frames(sequence, number) for number in range(len(data.fields))]
    return {
        "attributes": {}, "content": ["0" * 64] * len(data.fields), "first_frame": 0, "frames": sequence.count,
        "group": sequence.id, "id": sequence.id, "missing": empty, "origin": sequence.id,
        "segments": [list(segment) for segment in sequence.segments], "split": sequence.split, "times": times,
    }  # fmt: skip


def _identity(data: MadeSet, sequences: bytes) -> dict:
    fields = [
        {
            "attributes": {}, "channel_names": [], "channels": own.channels, "columns": own.columns,
            "element": own.element, "long_name": own.name, "missing": own.missing, "name": own.name,
            "offset": own.offset, "row_order": "unknown", "rows": own.rows, "scale": own.scale, "units": "1",
        }
        for own in data.fields
    ]  # fmt: skip
    axis = {"kind": "clock", "tolerance": data.tolerance, "utc_offset_minutes": 0}
    if data.cadence is not None:
        axis["cadence"] = data.cadence
    settings = {"format": data.source, "split": "source", "variant": "made"}
    return {
        "covariates": [], "fields": fields, "format": "stbank-identity-1", "kind": "frames", "parents": [],
        "recipe": [{"name": "ingest", "settings": settings, "version": 1}],
        "sequences": {
            "count": len(data.sequences), "digest": hashlib.sha256(sequences).hexdigest(),
            "frames": sum(sequence.count for sequence in data.sequences),
        },
        "time_axis": axis,
    }  # fmt: skip


def _payload(folder: Path, data: MadeSet, number: int) -> dict:
    own = data.fields[number]
    frames = np.concatenate([sequence.frames[number] for sequence in data.sequences])
    assert frames.dtype == np.dtype(own.element) and frames.shape[1:] == own.shape
    file = {"field": number, "frames": len(frames), "name": f"{own.name}-00000.nc", "variable": f"frames_{own.name}"}
    content = f"no netCDF, but as good for {own.name}".encode().ljust(PAGE, b"\0")
    if data.archive:
        chunks = []
        for first in range(0, len(frames), data.chunk_frames):
            packed = _packed(frames[first : first + data.chunk_frames], data.chunk_frames)
            chunks += [len(content), len(packed)]
            content += packed
        file |= {"packing": "archive", "offset": 0, "chunk_frames": data.chunk_frames, "chunks": chunks}
    else:
        content += frames.tobytes() + b"tail"
        file |= {"packing": "contiguous", "offset": PAGE}
    digest = hashlib.sha256(content).hexdigest()
    (folder / "objects" / digest).mkdir(exist_ok=True)
    (folder / "objects" / digest / file["name"]).write_bytes(content)
    return file | {"header": xxh3.text(content[:PAGE]), "sha256": digest, "size": len(content)}


def _packed(frames: np.ndarray, count: int) -> bytes:
    """A chunk of whole frames, filled up with zeros: shuffled by byte, then deflated."""
    full = np.zeros((count, *frames.shape[1:]), frames.dtype)
    full[: len(frames)] = frames
    planes = np.frombuffer(full.tobytes(), np.uint8).reshape(-1, frames.dtype.itemsize).T
    return zlib.compress(planes.tobytes(), 1)


def _pieces(data: MadeSet, number: int) -> list[dict]:
    pieces, position = [], 0
    for place, sequence in enumerate(data.sequences):
        for offset in range(0, sequence.count, data.piece_frames):
            frames = min(data.piece_frames, sequence.count - offset)
            pieces.append(
                {
                    "field": number, "file": number, "frames": frames, "moments": [[0, 0]] * data.fields[number].channels,
                    "offset": offset, "position": position, "sequence": place, "xxh3": "0" * 16,
                }
            )  # fmt: skip
            position += frames
    return pieces


def _statistics(data: MadeSet, number: int) -> dict | None:
    own = data.fields[number]
    training = [sequence.frames[number] for sequence in data.sequences if sequence.split == "train"]
    if not training:
        return None
    channels = []
    frames = np.concatenate(training)
    for channel in range(own.channels):
        stored = frames[:, channel]
        lost = own.is_missing(stored)
        values = stored[~lost].astype(np.float64)
        counts = {"count": int(values.size), "missing": int(lost.sum())}
        if values.size:
            counts |= {"least": values.min(), "largest": values.max(), "mean": values.mean(), "deviation": values.std()}
        channels.append(counts)
    return {"channels": channels, "histogram": {"bins": [], "counts": []}}


def _record(data: MadeSet, digest: str, files: list[dict], pieces: bytes) -> dict:
    moment = "2020-01-01T00:00:00Z"
    return {
        "build_key": "0" * 64, "citation": "",
        "default_plan": {"input_frames": data.lengths[0], "target_frames": data.lengths[1]},
        "format": "stbank-record-1", "identity": digest, "license": "",
        "making": {
            "command": ["made"], "finished": moment, "host": "", "software": {"stbank": "0"}, "started": moment
        },
        "notes": [], "payload": files, "pieces": hashlib.sha256(pieces).hexdigest(), "skipped": [],
        "source": data.source, "sources": [{"name": "a", "path": "/a", "sha256": "0" * 64, "size": 0}],
        "statistics": [_statistics(data, number) for number in range(len(data.fields))], "tallies": {},
        "title": "Made by hand", "variant": "made",
    }  # fmt: skip


# MARK: Random content


def random_set(name: str, seed: int, sequences: int = 7, **options) -> MadeSet:
    """Two fields, sequences with gaps, repeated times, segments, empty frames and missing elements."""
    draw = np.random.default_rng(seed)
    element = ELEMENTS[seed % len(ELEMENTS)]
    sentinel = 7 if np.dtype(element).kind != "f" else -99.5
    fields = [
        MadeField("rain", element, missing=[sentinel, 9] if seed % 3 == 0 else [sentinel]),
        MadeField("wind", "float32", channels=2, scale=-0.5, offset=1.25),
    ]
    own = [_random_sequence(draw, fields, number) for number in range(sequences)]
    return MadeSet(name, fields, own, tolerance=seed % 2 * 10, **options)


def _random_sequence(draw: np.random.Generator, fields: list[MadeField], number: int) -> MadeSequence:
    count = int(draw.integers(6, 40))
    times = [_times(draw, count) for _ in range(1 if number % 3 else 2)]
    segments = [(1, count // 2 - 1), (count // 2, count // 2 - 1)] if number % 3 == 2 else []
    frames = [_random_frames(draw, field, count) for field in fields]
    split = ("train", "train", "validation", "test")[number % 4]
    return MadeSequence(f"sequence-{number}", split, times, frames, segments)


def _times(draw: np.random.Generator, count: int) -> list[int]:
    steps = draw.choice([300, 305, 0, 900, -300], count, p=[0.8, 0.05, 0.08, 0.05, 0.02])
    return (1000 + np.cumsum(steps)).tolist()


def _random_frames(draw: np.random.Generator, field: MadeField, count: int) -> np.ndarray:
    shape = count, *field.shape
    if field.element.startswith("float"):
        frames = draw.normal(0, 100, shape).astype(field.element)
        frames[draw.random(shape) < 0.02] = np.nan
        frames[draw.random(shape) < 0.01] = -0.0
        frames[draw.random(shape) < 0.01] = np.inf
    else:
        limits = np.iinfo(field.element)
        frames = draw.integers(limits.min, limits.max, shape, field.element, endpoint=True)
        small = draw.random(shape) < 0.3
        frames[small] = draw.integers(0, 12, small.sum()).astype(field.element)
    empty = draw.random(count) < 0.06
    frames[empty] = field.missing[0] if field.missing else np.nan
    return frames
