"""The content digest depends on the content alone."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cases import ROOTS, SAMPLE
from conftest import Bank, raw_paths
from test_provenance import MAIN


def objects(bank: Bank) -> int:
    return sum(path.is_file() for path in (bank.folder / "objects").rglob("*"))


def with_processor_seconds(work: Callable[[], dict]) -> tuple[dict, float]:
    """What `work` returns, and the processor time of the programs that it waited for: other work on the machine does not count."""
    before = os.times()
    done = work()
    after = os.times()
    return done, sum(after[2:4]) - sum(before[2:4])


@pytest.fixture(params=MAIN)
def source(request: pytest.FixtureRequest) -> tuple[str, list[Path]]:
    case = SAMPLE[request.param]
    return case.format, raw_paths("sample", case)


def test_again_is_the_same_at_once_and_without_a_copy(source: tuple[str, list[Path]], new_bank: Bank) -> None:
    first = new_bank.ingest(*source, "again")
    held = objects(new_bank)
    second, taken = with_processor_seconds(lambda: new_bank.ingest(*source, "again"))
    assert taken < 1
    assert (second["id"], second["digest"]) == (first["id"], first["digest"])
    assert objects(new_bank) == held


def test_another_run_gives_the_same_digest(source: tuple[str, list[Path]], stbank: Path, tmp_path: Path) -> None:
    digests = {Bank(tmp_path / f"bank{run}").ingest(*source, "twice")["digest"] for run in range(2)}
    assert len(digests) == 1


def test_another_folder_gives_the_same_digest(
    source: tuple[str, list[Path]], new_bank: Bank, stbank: Path, tmp_path: Path
) -> None:
    format, paths = source
    copies = [Path(shutil.copytree(path, tmp_path / "elsewhere" / "deep" / path.name)) for path in paths]
    here = new_bank.ingest(format, paths, "here")["digest"]
    assert Bank(tmp_path / "other").ingest(format, copies, "there")["digest"] == here


def test_archive_gives_the_same_digest(source: tuple[str, list[Path]], new_bank: Bank, tmp_path: Path) -> None:
    plain = new_bank.ingest(*source, "plain")["digest"]
    assert Bank(tmp_path / "other").ingest(*source, "packed", {}, "--archive")["digest"] == plain


@pytest.mark.parametrize(
    "format, pattern, settings",
    [
        ("taxibj", "taxibj/*", {}),
        ("rainnet", "rainnet-radolan/*", {}),
        ("netcdf", "netcdf/*.nc", {}),
        ("pd", "pd-gif/*.gif", {}),
    ],
)
def test_the_order_of_arguments_does_not_matter(
    format: str, pattern: str, settings: dict[str, str], new_bank: Bank, tmp_path: Path
) -> None:
    paths = sorted(ROOTS["sample"].glob(pattern))
    forward = new_bank.ingest(format, paths, "forward", settings)["digest"]
    assert Bank(tmp_path / "other").ingest(format, paths[::-1], "backward", settings)["digest"] == forward


@pytest.mark.parametrize(
    "sample, settings",
    [
        ("sevir", {"kind": "all", "pct_missing": "1.0", "size": "native", "stride": "1"}),
        ("taxibj", {"days": "all", "time": "all"}),
        ("kth", {"gray": "stored", "duplicates": "keep"}),
    ],
)
def test_defaults_that_are_written_out_change_nothing(
    sample: str, settings: dict[str, str], new_bank: Bank, tmp_path: Path
) -> None:
    case = SAMPLE[sample]
    source = case.format, raw_paths("sample", case)
    plain = new_bank.ingest(*source, "plain", case.settings)["digest"]
    assert Bank(tmp_path / "other").ingest(*source, "spelt", case.settings | settings)["digest"] == plain
