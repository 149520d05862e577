"""A full disk is a clear error; the bank verifies and a second start finishes the work."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from campaign import (
    DONE,
    FAILED,
    SAMPLES,
    SOAK,
    answer,
    assert_staging_is_empty,
    assert_verifies,
    attempt,
    ingest,
    listed,
)
from conftest import Bank

CASES = {
    "one field": ("sevir", SAMPLES / "sevir", {}),
    "three fields": ("sevir", SAMPLES / "sevir-types", {"type": "vil,ir069,lght"}),
    "gzip unpacked beside the bank": ("rainnet", SAMPLES / "rainnet-radolan", {}),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[str, Path, dict[str, str]]:
    return CASES[request.param]


def assert_says_full(done: subprocess.CompletedProcess[str], folder: Path) -> None:
    assert done.returncode == FAILED, f"exit {done.returncode}\n{done.stderr}"
    error = next(line for line in done.stderr.splitlines() if line.startswith("stbank: error: "))
    assert "No space left on device" in error, error
    assert str(folder) in error, error


def assert_bank_is_sound(bank: Bank, digest: str) -> None:
    if not (bank.folder / "bank.json").exists():
        return
    assert_verifies(bank)
    # Published already where the disk became full while clearing up or naming.
    assert {each["digest"] for each in listed(bank)} <= {digest}


def assert_second_start_finishes(bank: Bank, case: tuple[str, Path, dict[str, str]], digest: str) -> None:
    format, path, settings = case
    assert answer(ingest(bank, format, path, settings=settings))["digest"] == digest
    assert_verifies(bank, "it")
    assert_staging_is_empty(bank)


def test_a_disk_full_from_any_write_on_is_an_error_that_leaves_the_bank_sound(
    case: tuple[str, Path, dict[str, str]], stbank: Path, tmp_path: Path
) -> None:
    format, path, settings = case
    digest = answer(ingest(Bank(tmp_path / "whole"), format, path, settings=settings))["digest"]
    step = 1 if SOAK else 11
    failed = 0
    for number in range(1, 10_000, step):
        bank = Bank(tmp_path / f"bank{number}")
        done = ingest(bank, format, path, settings=settings, fault=f"full:{number}")
        if done.returncode == DONE:
            # Only what was left to clear up came after this write.
            assert failed > 3
            return
        failed += 1
        assert_says_full(done, bank.folder)
        assert_bank_is_sound(bank, digest)
        assert_second_start_finishes(bank, case, digest)
        shutil.rmtree(bank.folder)
    pytest.fail("no number of writes was enough")


def test_the_error_is_an_object_too_when_asked_for(stbank: Path, tmp_path: Path) -> None:
    bank = Bank(tmp_path / "bank")
    done = ingest(bank, "sevir", SAMPLES / "sevir", fault="full:20")
    assert done.returncode == FAILED
    assert '"exit":1' in done.stdout and "No space left on device" in done.stdout


def test_gc_frees_what_an_abandoned_build_took(stbank: Path, tmp_path: Path) -> None:
    bank = Bank(tmp_path / "bank")
    number = 10
    while not list((bank.folder / "staging").rglob("*.nc")):
        assert ingest(bank, "sevir", SAMPLES / "sevir", fault=f"full:{number}").returncode == FAILED
        number += 2
    assert attempt(bank, "gc").returncode == DONE
    assert_staging_is_empty(bank)


# MARK: A disk that is really full


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if mounted.returncode != 0:
        pytest.skip(f"NOT RUN, no file system can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_too_little_space_is_found_before_anything_is_read(stbank: Path, small_disk: Path) -> None:
    bank = Bank(small_disk / "bank")
    done = ingest(bank, "sevir", SAMPLES / "sevir")
    assert done.returncode == FAILED
    assert "MiB free" in done.stderr and "--bank" in done.stderr and str(small_disk) in done.stderr
    assert_verifies(bank)
    assert_staging_is_empty(bank)


@pytest.mark.parametrize("room", [0, 1, 3, 8, 20])
def test_a_disk_without_a_page_left_is_an_error_and_the_bank_opens_afterwards(
    room: int, stbank: Path, small_disk: Path
) -> None:
    bank = Bank(small_disk / "bank")
    filler = small_disk / "filler"
    with open(filler, "wb") as file:
        free = os.statvfs(small_disk).f_bavail - room
        file.write(bytes(max(0, free) * os.statvfs(small_disk).f_frsize))
    done = ingest(bank, "sevir", SAMPLES / "sevir")
    assert done.returncode == FAILED
    assert str(small_disk) in done.stderr
    assert "No space left on device" in done.stderr or "MiB free" in done.stderr
    filler.unlink()
    if (bank.folder / "bank.json").exists():
        assert_verifies(bank)
        assert listed(bank) == []
    # Too small a disk still, but that is all that is said now.
    again = ingest(bank, "sevir", SAMPLES / "sevir")
    assert again.returncode == FAILED and "MiB free" in again.stderr


def test_an_export_onto_a_full_disk_is_an_error_and_leaves_no_torn_file(
    stbank: Path, tmp_path: Path, small_disk: Path
) -> None:
    bank = Bank(tmp_path / "bank")
    assert ingest(bank, "sevir", SAMPLES / "sevir").returncode == DONE
    target = small_disk / "it.npz"
    done = attempt(bank, "export", "it", "-o", target)
    assert done.returncode == FAILED, done.stderr
    assert "No space left on device" in done.stderr and str(small_disk) in done.stderr
    assert not target.exists()
    assert_verifies(bank)
