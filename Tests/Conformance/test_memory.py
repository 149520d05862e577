"""However large the input and whatever the order of its axes: an ingest holds little memory, and the frames are right."""

import itertools
import json
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import netCDF4
import numpy as np
import pytest

from campaign import DONE, PATIENCE, SOAK, command, ingest_words
from cases import REPOSITORY
from conftest import Bank

# More than may be held: whoever reads all of it into memory fails.
BYTES = 4 << 30 if SOAK else 512 << 20
LIMIT = 400_000_000
SIDE = 256
TIMES = BYTES // (SIDE * SIDE * 4)
ALONG_TIME = np.arange(TIMES, dtype="f4")


@dataclass
class Large:
    format: str
    path: Path
    # Frame number to the values it has.
    frame: Callable[[int], np.ndarray]
    settings: dict[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()


def plane(time: int) -> np.ndarray:
    """A frame of all arrays below: time along rows and columns."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    return (time + 10_000 * (rows % 4) + 40_000 * (columns % 4)).astype("f4")


def times_of_row(row: int) -> np.ndarray:
    """The values of a row: column, time."""
    return ALONG_TIME + np.float32(10_000 * (row % 4)) + 40_000 * (np.arange(SIDE, dtype="f4")[:, None] % 4)


def sevir(folder: Path) -> Large:
    script = REPOSITORY / "Tests" / "Benchmarks" / "make_sevir.py"
    subprocess.run([sys.executable, script, "--gib", str(BYTES / 2**30), folder], check=True)
    raw = h5py.File(next(folder.rglob("*.h5")))["vil"]
    return Large("sevir", folder, lambda frame: raw[frame // 49, :, :, frame % 49])


def time_fastest_npy(folder: Path) -> Large:
    array = np.lib.format.open_memmap(folder / "hwt.npy", "w+", np.float32, (SIDE, SIDE, TIMES))
    for row in range(SIDE):
        array[row] = times_of_row(row)
    return Large("array", folder / "hwt.npy", plane, {"axes": "HWT"})


def one_chunk_hdf5(folder: Path) -> Large:
    """The whole array is one deflated chunk: no part of it can be had without all before it."""
    count = min(TIMES, (2 << 30) // (SIDE * SIDE * 4))
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(plane(time).tobytes()) for time in range(count)) + packer.flush()
    with h5py.File(folder / "chunk.h5", "w") as file:
        shape = (count, SIDE, SIDE)
        made = file.create_dataset("u", shape, "f4", chunks=shape, compression="gzip", compression_opts=1)
        made.id.write_direct_chunk((0, 0, 0), packed)
    return Large("array", folder / "chunk.h5", plane, {"axes": "THW", "variable": "u"})


def chunks_along_time(folder: Path) -> Large:
    with h5py.File(folder / "columns.h5", "w") as file:
        made = file.create_dataset("u", (TIMES, SIDE, SIDE), "f4", chunks=(TIMES, 4, 4), compression="gzip")
        # All are alike: `plane` repeats every four rows and columns.
        chunk = np.moveaxis(np.stack([times_of_row(row)[:4] for row in range(4)]), 2, 0)
        packed = zlib.compress(np.ascontiguousarray(chunk).tobytes(), 1)
        for row, column in itertools.product(range(0, SIDE, 4), range(0, SIDE, 4)):
            made.id.write_direct_chunk((0, row, column), packed)
    return Large("array", folder / "columns.h5", plane, {"axes": "THW", "variable": "u"})


def packed_npz(folder: Path) -> Large:
    array = np.broadcast_to(times_of_row(0), (SIDE, SIDE, TIMES))
    np.savez_compressed(folder / "u.npz", u=array)
    return Large("array", folder / "u.npz", lambda time: np.tile(plane(time)[0], (SIDE, 1)), {"axes": "HWT", "variable": "u"})


def time_fastest_netcdf(folder: Path) -> Large:
    with netCDF4.Dataset(folder / "yxt.nc", "w", format="NETCDF3_64BIT_DATA") as file:
        for name, length in (("y", SIDE), ("x", SIDE), ("time", TIMES)):
            file.createDimension(name, length)
        times = file.createVariable("time", "f8", ("time",))
        times.units = "hours since 2000-01-01"
        times[:] = np.arange(TIMES)
        made = file.createVariable("u", "f4", ("y", "x", "time"))
        for row in range(SIDE):
            made[row] = times_of_row(row)
    return Large("netcdf", folder / "yxt.nc", plane)


def packed_frames_of_64_mb(folder: Path) -> Large:
    """Frames that do not pack well: the packed ones are as large."""
    side = 4096
    grain = np.random.default_rng(1).random((side, side), "f4")
    array = np.lib.format.open_memmap(folder / "big.npy", "w+", np.float32, (8, side, side))
    for frame in range(8):
        array[frame] = np.roll(grain, frame)
    return Large("array", folder / "big.npy", lambda frame: np.roll(grain, frame), {"axes": "THW"}, ("--archive",))


def cropped_frames_of_448_mib(folder: Path) -> Large:
    rows, columns = 16384, 28672
    array = np.lib.format.open_memmap(folder / "wide.npy", "w+", np.uint8, (3, rows, columns))
    row = np.random.default_rng(2).integers(0, 256, columns, np.uint8)
    for frame in range(3):
        array[frame] = np.roll(row, frame)
    wanted = lambda frame: np.broadcast_to(np.roll(row, frame)[256 : 256 + rows], (rows // 2, rows))  # noqa: E731
    return Large("array", folder / "wide.npy", wanted, {"axes": "THW", "crop": f"0:256:{rows // 2}x{rows}"})


QUICK = [sevir, time_fastest_npy, one_chunk_hdf5]
ALL = QUICK + [chunks_along_time, packed_npz, time_fastest_netcdf, packed_frames_of_64_mb, cropped_frames_of_448_mib]


def tree(process: int) -> Iterator[int]:
    yield process
    try:
        for task in Path(f"/proc/{process}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from tree(int(child))
    except (FileNotFoundError, ProcessLookupError):
        return


def anonymous(process: int) -> int:
    """Bytes of resident memory that no file stands behind."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon:"))


def peak_of(bank: Bank, large: Large) -> int:
    """Most anonymous memory of an ingest, parent and reader together, looked at every few milliseconds."""
    words = command(bank, *ingest_words(large.format, large.path, settings=large.settings, flags=large.flags))
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
        peak, end = 0, time.monotonic() + PATIENCE * 5
        while started.poll() is None:
            peak = max(peak, sum(anonymous(process) for process in tree(started.pid)))
            if time.monotonic() > end:
                started.kill()
                pytest.fail("the ingest does not end")
            time.sleep(0.004)
        assert started.returncode == DONE, started.communicate()[1]
    return peak


@pytest.mark.parametrize("make", ALL if SOAK else QUICK, ids=lambda make: make.__name__)
def test_an_ingest_holds_little_memory_whatever_its_input(
    make: Callable[[Path], Large], stbank: Path, tmp_path: Path
) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    large = make(raw)
    bank = Bank(tmp_path / "bank")
    peak = peak_of(bank, large)
    print(f"{make.__name__}: {peak / 1e6:.0f} MB")
    assert 1_000_000 < peak < LIMIT
    payload = bank.payload("it@1.0.0")
    assert sum(path.stat().st_size for _, path in payload) > LIMIT, "too small an input to show anything"
    files = [h5py.File(path)[variable] for variable, path in payload]
    counts = [len(frames) for frames in files]
    total = sum(counts)
    for frame in {0, 1, total // 3, total - 2, total - 1}:
        number, place = 0, frame
        while place >= counts[number]:
            number, place = number + 1, place - counts[number]
        np.testing.assert_array_equal(files[number][place, 0], large.frame(frame))
    record = json.loads(bank.manifest("it@1.0.0", "record").read_text())
    assert sum(file["frames"] for file in record["payload"]) == total
