"""A file that is cut off anywhere gives an error or whole sequences with the right frames: nothing between."""

import json
import random
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from campaign import DONE, SAMPLES, SOAK, answer, assert_holds_nothing, assert_refused, assert_verifies, ingest
from cases import SAMPLE, Case
from conftest import Bank

POINTS = 64 if SOAK else 3
# One case a folder; those of `sevir-types` read the same files.
NAMES = [name for name in SAMPLE if not name.startswith("sevir-types-") or name == "sevir-types-all"]


def kind(path: Path) -> str:
    """What files of one role have in common: the folder for those named by number, the ending for the others."""
    suffix = path.suffix if not path.suffix[1:2].isdigit() else ""
    return f"{suffix}{'*' if suffix in ('.h5', '.nc') and path.stem.startswith('BJ_') else ''}"


def representatives(case: Case) -> list[str]:
    """The largest file of each kind below a case's paths, relative to the samples."""
    largest: dict[str, Path] = {}
    for given in case.paths:
        root = SAMPLES / given
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if path.is_file():
                best = largest.get(kind(path))
                if best is None or path.stat().st_size > best.stat().st_size:
                    largest[kind(path)] = path
    return sorted(str(path.relative_to(SAMPLES)) for path in largest.values())


def chosen() -> list[tuple[str, str]]:
    """Case and file. Quick: the largest file of each case only."""
    pairs = []
    for name in NAMES:
        files = representatives(SAMPLE[name])
        if not SOAK:
            files = [max(files, key=lambda file: (SAMPLES / file).stat().st_size)]
        pairs += [(name, file) for file in files]
    return pairs


def points(size: int, seed: str) -> list[int]:
    if POINTS == 3:
        return [0, size // 2, size - 1]
    draw = random.Random(seed)
    ends = [0, 1, 4, 8, 64, 512, size // 2, size - 8, size - 2, size - 1]
    drawn = [draw.randrange(size) for _ in range(POINTS - len(ends))]
    return sorted({point for point in ends + drawn if 0 <= point < size})


@dataclass
class Content:
    """The frames of each sequence, by digest."""

    sequences: dict[str, list[str]]

    def __init__(self, bank: Bank, digest: str) -> None:
        table = bank.folder / "manifests" / digest / "sequences.jsonl"
        rows = [json.loads(line) for line in table.read_text().splitlines()]
        self.sequences = {row["id"]: row["content"] for row in rows}


@pytest.fixture(scope="module")
def whole(stbank: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Content]:
    return {}


def whole_content(name: str, held: dict[str, Content], folder: Path) -> Content:
    if name not in held:
        case = SAMPLE[name]
        bank = Bank(folder / "whole")
        made = answer(ingest(bank, case.format, *[SAMPLES / path for path in case.paths], settings=case.settings))
        held[name] = Content(bank, made["digest"])
    return held[name]


@pytest.mark.parametrize("name, file", chosen())
def test_a_file_cut_off_anywhere_gives_an_error_or_whole_sequences(
    name: str, file: str, whole: dict[str, Content], tmp_path: Path
) -> None:
    case = SAMPLE[name]
    expected = whole_content(name, whole, tmp_path)
    for given in case.paths:
        source, target = SAMPLES / given, tmp_path / "raw" / given
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    path = tmp_path / "raw" / file
    content = path.read_bytes()
    for point in points(len(content), file):
        path.write_bytes(content[:point])
        bank = Bank(tmp_path / f"bank{point}")
        done = ingest(bank, case.format, *[tmp_path / "raw" / given for given in case.paths], settings=case.settings)
        if done.returncode == DONE:
            assert_verifies(bank)
            got = Content(bank, answer(done)["digest"]).sequences
            wrong = [each for each in got if got[each] != expected.sequences.get(each)]
            assert not wrong, f"cut at {point} of {len(content)}: {wrong[:5]} have other frames\n{done.stderr}"
            # Of a text cut inside its last value nobody can tell.
            if path.suffix in (".csv", ".txt", ".json"):
                continue
            missing = len(expected.sequences) - len(got)
            assert not missing or "left out" in done.stderr, f"cut at {point}: {missing} sequences are gone silently"
        else:
            # An empty file is no longer told by its content, so that the whole folder may be of no known form.
            assert_refused(done, code=(65, 64) if point < 4096 else (65,))
            assert path.name in done.stderr or point < 4096, f"cut at {point}: {path.name} is not named\n{done.stderr}"
            assert_holds_nothing(bank)
        shutil.rmtree(bank.folder, ignore_errors=True)
