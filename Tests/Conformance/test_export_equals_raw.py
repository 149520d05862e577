"""What stbank exports is what other programs read from the raw files, value for value."""

import functools
import re
from pathlib import Path

import numpy as np

from cases import content
from conftest import Bank, Ingested
from make_expected import describe, digest


@functools.lru_cache(maxsize=1)
def raw_content(kind: str, name: str):
    return content(kind, name)


def test_frames_equal_the_fixture_and_the_raw_file(ingested: Ingested, bank: Bank, tmp_path: Path) -> None:
    for name, field in ingested.expected["fields"].items():
        frames = bank.frames(ingested.id, tmp_path, "--field", name)["frames"]
        assert frames.dtype.name == field["dtype"]
        assert list(frames.shape) == field["shape"]
        for *place, value in field["spots"]:
            found = frames[tuple(place)]
            assert found == value or (value is None and np.isnan(found)), f"{name}{place}"
        assert digest(frames) == field["sha256"]
        live = raw_content(ingested.kind, ingested.name).fields[name].frames
        for index in {0, len(live) // 2, len(live) - 1}:
            np.testing.assert_array_equal(frames[index], live[index])


def test_the_fixture_is_what_the_raw_file_holds(ingested: Ingested) -> None:
    made = describe(ingested.kind, ingested.name, raw_content(ingested.kind, ingested.name))
    assert made == ingested.expected


def test_sequences_times_and_splits(ingested: Ingested, bank: Bank, tmp_path: Path) -> None:
    arrays = bank.frames(ingested.id, tmp_path)
    found = [
        dict(id=str(id), start=int(start), frames=int(length), split=str(split))
        for id, start, length, split in zip(
            arrays["sequence_id"], arrays["sequence_start"], arrays["sequence_length"], arrays["split"]
        )
    ]
    expected = ingested.expected["sequences"]
    if all(sequence["split"] is None for sequence in expected):
        found = joined(found)
    assert [each["id"] for each in found] == [sequence["id"] for sequence in expected]
    for each, sequence in zip(found, expected):
        times = arrays["time"][each["start"] : each["start"] + each["frames"]]
        assert each["frames"] == sequence["frames"], sequence["id"]
        if sequence["split"]:
            assert each["split"] == sequence["split"], sequence["id"]
        if sequence["times_sha256"]:
            assert (times[0], times[-1]) == (sequence["first_time"], sequence["last_time"]), sequence["id"]
            assert digest(times.astype(np.int64)) == sequence["times_sha256"], sequence["id"]


def joined(found: list[dict]) -> list[dict]:
    """Parts `name+first` of a sequence put together again, where the fixture says nothing of splits."""
    whole: list[dict] = []
    for each in found:
        cut = re.fullmatch(r"(.*)\+\d+", each["id"])
        if cut and whole and whole[-1]["id"] == cut[1]:
            whole[-1]["frames"] += each["frames"]
        else:
            whole.append(dict(each))
    return whole
