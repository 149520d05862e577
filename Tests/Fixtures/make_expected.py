"""Writes expected/{sample,real}/<case>.json from the raw files: `python Tests/Fixtures/make_expected.py [CASE…]`."""

import hashlib
import json
import sys

import numpy as np

from cases import CASES, REPOSITORY, ROOTS, content
from raw import Content, Field, Sequence

EXPECTED = REPOSITORY / "Tests" / "Fixtures" / "expected"


def digest(array: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()).hexdigest()


def number(value: np.generic) -> float | int | None:
    """A JSON number; NaN is null."""
    return None if value != value else value.item()


def describe_field(field: Field) -> dict:
    frames, valid = field.frames, field.valid()
    cells = frames[valid]
    spots = np.random.default_rng(0).integers(0, frames.shape, (5, 4)).tolist()
    return {
        "dtype": frames.dtype.name,
        "shape": list(frames.shape),
        "sha256": digest(frames),
        "min": number(cells.min()),
        "max": number(cells.max()),
        "mean": cells.mean(dtype=np.float64).item(),
        "missing": int((~valid).sum()),
        "missing_values": field.missing,
        "scale": field.scale,
        "offset": field.offset,
        "spots": [[*spot, number(frames[tuple(spot)])] for spot in spots],
    }


def describe_sequence(sequence: Sequence) -> dict:
    times = sequence.times
    return {
        "id": sequence.id,
        "frames": sequence.frames,
        "first_time": times[0] if times else None,
        "last_time": times[-1] if times else None,
        "times_sha256": digest(np.array(times, np.int64)) if times else None,
        "split": sequence.split,
    }


def describe(kind: str, name: str, made: Content) -> dict:
    case = CASES[kind][name]
    return {
        "format": case.format,
        "paths": case.paths,
        "set": case.settings,
        "fields": {key: describe_field(field) for key, field in made.fields.items()},
        "sequences": [describe_sequence(sequence) for sequence in made.sequences],
    }


def main(wanted: list[str]) -> None:
    for kind, cases in CASES.items():
        if not ROOTS[kind].is_dir():
            print(f"{kind}: {ROOTS[kind].name} is not there (STBANK_REAL_DATA names another place); left as it is")
            continue
        for name in wanted or cases:
            if name in cases:
                path = EXPECTED / kind / f"{name}.json"
                path.parent.mkdir(parents=True, exist_ok=True)
                made = describe(kind, name, content(kind, name))
                path.write_text(one_line_each(made))
                shapes = ", ".join(f"{key} {field['dtype']} {field['shape']}" for key, field in made["fields"].items())
                print(f"{kind}/{name}: {len(made['sequences'])} sequences; {shapes}", flush=True)


def one_line_each(made: dict) -> str:
    """JSON with a line a field and a line a sequence."""
    head = {key: made[key] for key in ("format", "paths", "set")}
    fields = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in made["fields"].items())
    sequences = ",\n".join(f"  {json.dumps(value)}" for value in made["sequences"])
    return f'{json.dumps(head)[:-1]},\n "fields": {{\n{fields}\n }},\n "sequences": [\n{sequences}\n ]}}\n'


if __name__ == "__main__":
    main(sys.argv[1:])
