"""The content digest depends on the content alone."""

import shutil
import time
from pathlib import Path

import pytest

from cases import ROOTS, SAMPLE
from conftest import Bank, raw_paths
from test_provenance import MAIN


def objects(bank: Bank) -> int:
    return sum(path.is_file() for path in (bank.folder / "objects").rglob("*"))


@pytest.fixture(params=MAIN)
def source(request: pytest.FixtureRequest) -> tuple[str, list[Path]]:
    case = SAMPLE[request.param]
    return case.format, raw_paths("sample", case)


def test_again_is_the_same_at_once_and_without_a_copy(source: tuple[str, list[Path]], new_bank: Bank) -> None:
    first = new_bank.ingest(*source, "again")
    held = objects(new_bank)
    begin = time.monotonic()
    second = new_bank.ingest(*source, "again")
    assert time.monotonic() - begin < 1
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
