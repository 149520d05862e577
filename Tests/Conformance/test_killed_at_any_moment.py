"""A killed ingest leaves a bank that verifies, a data set that is there whole or not at all, and a build that goes on."""

import os
import random
import signal
import subprocess
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import pytest

from campaign import (
    DONE,
    KILLED,
    SAMPLES,
    SOAK,
    USAGE,
    answer,
    assert_holds_nothing,
    assert_staging_is_empty,
    assert_verifies,
    attempt,
    command,
    ingest,
    ingest_words,
    listed,
)
from conftest import Bank

CASES = {
    "one field": ("sevir", SAMPLES / "sevir", {}),
    "three fields": ("sevir", SAMPLES / "sevir-types", {"type": "vil,ir069,lght"}),
    "an array": ("array", SAMPLES / "array-npz", {"variable": "u", "axes": "NTHW"}),
    "an archive": ("netcdf", SAMPLES / "netcdf", {}, ("--archive",)),
}
# The last durable calls of an ingest, which publish it and clear up. Quick: every third of them, others in each case.
PUBLICATION = 48


@dataclass
class Whole:
    """An ingest that nothing interrupted."""

    format: str
    path: Path
    settings: dict[str, str]
    flags: tuple[str, ...] = ()
    digest: str = ""
    calls: int = 0
    number: int = 0

    def ingest(self, bank: Bank, fault: str | None = None) -> subprocess.CompletedProcess[str]:
        return ingest(bank, self.format, self.path, settings=self.settings, flags=self.flags, fault=fault)


def durable_calls(whole: Whole, new: Callable[[], Bank]) -> int:
    """The number of durable calls of a whole ingest: the largest N at which a kill still comes."""

    def is_killed(number: int) -> bool:
        return whole.ingest(new(), f"kill:{number}").returncode == KILLED

    high = 64
    while is_killed(high):
        high *= 2
    low = 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_killed(middle) else (low, middle)
    return low


@pytest.fixture(scope="module", params=CASES)
def whole(request: pytest.FixtureRequest, stbank: Path, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    whole = Whole(*CASES[request.param], number=list(CASES).index(request.param))
    whole.digest = answer(whole.ingest(Bank(tmp_path_factory.mktemp("whole") / "bank")))["digest"]
    whole.calls = durable_calls(whole, lambda: Bank(tmp_path_factory.mktemp("counted") / "bank"))
    return whole


def points(whole: Whole) -> list[int]:
    if SOAK:
        return list(range(1, whole.calls + 1))
    early = max(0, whole.calls - PUBLICATION)
    spread = {1 + number * early // 6 for number in range(6)}
    return sorted(spread | set(range(early + 1 + whole.number, whole.calls + 1, 3)) | {whole.calls})


def assert_is_whole_or_not_there(bank: Bank, digest: str) -> bool:
    """Whether the data set is there."""
    if not (bank.folder / "bank.json").exists():
        assert attempt(bank, "verify").returncode == USAGE
        return False
    assert_verifies(bank)
    sets = listed(bank)
    if not sets:
        return False
    assert [(each["id"], each["digest"]) for each in sets] == [("it@1.0.0", digest)]
    return True


def assert_goes_on(whole: Whole, bank: Bank) -> None:
    """A second start ends with the same data set, does no finished shard anew, and leaves nothing behind."""
    is_published = bool(list((bank.folder / "builds").glob("[0-9a-f]" * 64)))
    has_finished = [path for path in (bank.folder / "staging").glob("*/journal.jsonl") if path.read_text().endswith("\n")]
    again = whole.ingest(bank)
    assert answer(again)["digest"] == whole.digest
    assert answer(again)["id"] == "it@1.0.0"
    if has_finished and not is_published:
        assert "going on with an earlier start: 1 of 1 shards are finished" in again.stderr
    assert_staging_is_empty(bank)
    assert assert_is_whole_or_not_there(bank, whole.digest)


def test_a_kill_at_any_durable_call_leaves_all_or_nothing_and_a_second_start_finishes(
    whole: Whole, tmp_path: Path
) -> None:
    states = set()
    for number in points(whole):
        bank = Bank(tmp_path / f"bank{number}")
        done = whole.ingest(bank, f"kill:{number}")
        assert done.returncode == KILLED, f"not killed at call {number} of {whole.calls}: exit {done.returncode}"
        states.add(assert_is_whole_or_not_there(bank, whole.digest))
        assert_goes_on(whole, bank)
    # Or the points missed one side of the publication.
    assert states == {True, False}


def test_a_kill_while_a_second_start_goes_on_leaves_all_or_nothing(whole: Whole, tmp_path: Path) -> None:
    chosen = random.Random(2).sample(range(1, whole.calls + 1), whole.calls if SOAK else 3)
    for number in chosen:
        bank = Bank(tmp_path / f"bank{number}")
        for start in range(4):
            whole.ingest(bank, f"kill:{number + start}")
            assert_is_whole_or_not_there(bank, whole.digest)
        assert_goes_on(whole, bank)


# MARK: Killed from outside


def children(parent: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{parent}/task").iterdir():
        found += map(int, (task / "children").read_text().split())
    return found


def is_reader(process: int) -> bool:
    try:
        return b"stbank-read" in Path(f"/proc/{process}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False


def assert_ends_soon(process: int) -> None:
    limit = time.monotonic() + 10
    while is_reader(process):
        assert time.monotonic() < limit, f"stbank-read {process} outlived its parent by 10 s"
        time.sleep(0.01)


def kill_after(seconds: float, started: subprocess.Popen) -> list[int]:
    """Kills the process alone, as the system does; its children at that moment."""
    time.sleep(seconds)
    if started.poll() is not None:
        return []
    # Stopped, so that no child is started between the look and the kill.
    started.send_signal(signal.SIGSTOP)
    found = children(started.pid)
    started.kill()
    started.wait()
    return found


def test_kill_9_from_outside_at_random_moments_leaves_all_or_nothing_and_no_reader(
    whole: Whole, tmp_path: Path
) -> None:
    begin = time.monotonic()
    assert whole.ingest(Bank(tmp_path / "timed")).returncode == DONE
    duration = time.monotonic() - begin
    draw = random.Random(3)
    readers = 0
    for number in range(200 if SOAK else 6):
        bank = Bank(tmp_path / f"bank{number}")
        started = subprocess.Popen(
            command(bank, *ingest_words(whole.format, whole.path, settings=whole.settings, flags=whole.flags)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for child in kill_after(draw.uniform(0, duration), started):
            readers += 1
            assert_ends_soon(child)
        assert_is_whole_or_not_there(bank, whole.digest)
        assert_goes_on(whole, bank)
    # Or no kill came while a reader was at work, and nothing was shown.
    assert readers > 0


def test_a_killed_reader_is_an_error_and_leaves_nothing(stbank: Path, tmp_path: Path) -> None:
    met = 0
    for number in range(100 if SOAK else 6):
        bank = Bank(tmp_path / f"bank{number}")
        started = subprocess.Popen(
            command(bank, *ingest_words("sevir", SAMPLES / "sevir")), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        readers: list[int] = []
        while started.poll() is None and not readers:
            readers = [child for child in children(started.pid) if is_reader(child)] if started.poll() is None else []
        time.sleep(0.004 * number)
        for reader in filter(is_reader, readers):
            os.kill(reader, signal.SIGKILL)
        said = started.communicate(timeout=60)[1]
        assert started.returncode in (0, 1), said
        if started.returncode == 1:
            met += 1
            assert "SIGKILL" in said
            assert_holds_nothing(bank)
        if (bank.folder / "bank.json").exists():
            assert_verifies(bank)
        assert ingest(bank, "sevir", SAMPLES / "sevir").returncode == DONE
        assert_staging_is_empty(bank)
    assert met > 0


# MARK: Several shards


def large_sevir(folder: Path) -> Path:
    """A small file whose 360 events of few values unfold to more than a shard."""
    file = folder / "data" / "vil" / "2018" / "SEVIR_VIL_STORMEVENTS_2018_0101_0630.h5"
    file.parent.mkdir(parents=True)
    with h5py.File(file, "w") as made:
        made.create_dataset("id", data=np.array([f"S{800000 + event}" for event in range(360)], "S"))
        frames = made.create_dataset(
            "vil", (360, 384, 384, 49), "u1", chunks=(1, 384, 384, 49), compression="gzip"
        )
        packed = [zlib.compress(bytes([value]) * (384 * 384 * 49), 1) for value in range(7)]
        for event in range(360):
            frames.id.write_direct_chunk((event, 0, 0, 0), packed[event % 7])
    return folder


@pytest.mark.skipif(not SOAK, reason="writes 4 GiB; run with STBANK_SOAK=1")
def test_finished_shards_are_not_done_again(stbank: Path, tmp_path: Path) -> None:
    source = large_sevir(tmp_path / "raw")
    expected = answer(ingest(Bank(tmp_path / "whole"), "sevir", source))["digest"]
    bank = Bank(tmp_path / "bank")
    started = subprocess.Popen(
        command(bank, *ingest_words("sevir", source)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while not (journals := [path for path in bank.folder.glob("staging/*/journal.jsonl") if path.read_bytes()]):
        assert started.poll() is None
        time.sleep(0.002)
    started.kill()
    started.wait()
    first = journals[0].parent / "vil-00000.nc"
    before = first.stat()
    again = ingest(bank, "sevir", source)
    assert answer(again)["digest"] == expected
    assert "going on with an earlier start: 1 of 2 shards are finished" in again.stderr
    kept = [path.stat() for path in (bank.folder / "objects").rglob("vil-00000.nc")]
    assert [(each.st_ino, each.st_mtime_ns) for each in kept] == [(before.st_ino, before.st_mtime_ns)]
    assert_staging_is_empty(bank)
    assert_verifies(bank)
