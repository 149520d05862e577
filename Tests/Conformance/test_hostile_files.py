"""Files made to do harm, of each kind and for each reader they can reach: refused by name, with nothing published."""

import bz2
import gzip
import io
import os
import pickle
import random
import shutil
import struct
import subprocess
import tarfile
import threading
import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np
import pytest

from campaign import (
    DAMAGED,
    DONE,
    SAMPLES,
    SOAK,
    USAGE,
    answer,
    assert_holds_nothing,
    assert_refused,
    assert_staging_is_empty,
    assert_verifies,
    attempt,
    ingest,
    pairs,
)
from conftest import Bank

REFUSED = (DAMAGED,)
REFUSED_OR_USAGE = (DAMAGED, USAGE)


@pytest.fixture
def bank(stbank: Path, tmp_path: Path) -> Bank:
    return Bank(tmp_path / "bank")


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder that no reader has been shown."""
    folder = tmp_path / "outside"
    folder.mkdir()
    return folder


def copied(name: str, folder: Path) -> Path:
    return Path(shutil.copytree(SAMPLES / name, folder / "raw" / name))


def assert_nothing_came_of_it(bank: Bank) -> None:
    assert_holds_nothing(bank)
    if (bank.folder / "staging").exists():
        left = [path for path in (bank.folder / "staging").iterdir() if path.name.startswith("scratch")]
        assert left == []


def assert_refuses(
    bank: Bank,
    format: str,
    *paths: object,
    named: tuple[str, ...] = (),
    settings: dict[str, str] = {},
    code: tuple[int, ...] = REFUSED,
) -> str:
    done = ingest(bank, format, *paths, settings=settings)
    assert_refused(done, *named, code=code)
    assert_nothing_came_of_it(bank)
    return done.stderr


def is_left_out(done: subprocess.CompletedProcess[str], name: str) -> bool:
    """The sequence of that file is left out whole, and the user is told so; the others are there."""
    return done.returncode == DONE and any("left out" in line and name in line for line in done.stderr.splitlines())


KNOWN: dict[tuple, str] = {}


def digest_of(format: str, path: Path, folder: Path, settings: dict[str, str] = {}) -> str:
    """What these files become when nothing is wrong; samples are read once."""
    key = (format, path, *settings.items())
    if key not in KNOWN:
        made = answer(ingest(Bank(folder / "plain"), format, path, settings=settings))["digest"]
        if SAMPLES not in path.parents:
            return made
        KNOWN[key] = made
    return KNOWN[key]


# MARK: HDF5


@dataclass
class Carrier:
    """An HDF5 file of a sample and a dataset in it that the reader needs."""

    format: str
    sample: str
    file: str
    dataset: str
    settings: dict[str, str] = field(default_factory=dict)


SEVIR_FILE = "data/vil/2018/SEVIR_VIL_STORMEVENTS_2018_0101_0630.h5"
CARRIERS = {
    "sevir": Carrier("sevir", "sevir-chunked", SEVIR_FILE, "vil"),
    "sevir ids": Carrier("sevir", "sevir-chunked", SEVIR_FILE, "id"),
    "sevir lightning": Carrier(
        "sevir",
        "sevir-types",
        "data/lght/2018/SEVIR_LGHT_ALLEVENTS_2018_0601_0701.h5",
        "S801234",
        {"type": "lght"},
    ),
    "sevir nowcast": Carrier("sevir", "sevir-nowcast", "nowcast_training.h5", "IN"),
    "sevir challenge": Carrier("sevir", "sevir-challenge", "nowcast_training_000.h5", "IN_vil"),
    "taxibj": Carrier("taxibj", "taxibj", "BJ15_M16x16_T30_InOut.h5", "data"),
    "taxibj dates": Carrier("taxibj", "taxibj", "BJ15_M16x16_T30_InOut.h5", "date"),
    "kth shards": Carrier("kth", "kth-mcvd", "shard_0001.hdf5", "0/0"),
    "rydl": Carrier("rainnet", "rainnet-float16", "rydl.hdf5", ""),
    "odim": Carrier("rainnet", "rainnet-odim", "composite_rv_20251203_0705_000-hd5", "dataset1/data1/data"),
    "chen": Carrier("rainnet", "rainnet-chen", "2012_07.hdf5", "highres"),
    "chen patches": Carrier("rainnet", "rainnet-chen-patches", "patches.hdf5", "0hr"),
    "gasnet": Carrier("pd", "pd-stgasnet", "air_train_dT72_D40_i5_o15.h5", "input_raw_data"),
    "array": Carrier("array", "array-hdf5", "waves.h5", "simulation/u", {"variable": "simulation/u", "axes": "NTCHW"}),
    "matlab": Carrier("array", "array-mat73", "waves.mat", "u", {"variable": "u", "axes": "HWT"}),
    "netcdf": Carrier("netcdf", "netcdf", "rain_20180617.nc", "precipitation"),
}

Attack = Callable[[h5py.File, str, h5py.Dataset, Path], None]


def external_link(file: h5py.File, name: str, old: h5py.Dataset, outside: Path) -> None:
    with h5py.File(outside / "secret.h5", "w") as other:
        file.copy(old, other, "secret")
    del file[name]
    file[name] = h5py.ExternalLink(str(outside / "secret.h5"), "/secret")


def external_link_by_a_climbing_name(file: h5py.File, name: str, old: h5py.Dataset, outside: Path) -> None:
    external_link(file, name, old, outside)
    del file[name]
    climbing = os.path.relpath(outside / "secret.h5", Path(file.filename).parent)
    file[name] = h5py.ExternalLink(climbing, "/secret")


def external_storage(file: h5py.File, name: str, old: h5py.Dataset, outside: Path) -> None:
    (outside / "secret.bin").write_bytes(old[...].tobytes() + bytes(4096))
    shape, kind = old.shape, old.dtype
    del file[name]
    file.create_dataset(name, shape, kind, external=[(str(outside / "secret.bin"), 0, h5py.h5f.UNLIMITED)])


def virtual(file: h5py.File, name: str, old: h5py.Dataset, outside: Path) -> None:
    with h5py.File(outside / "secret.h5", "w") as other:
        file.copy(old, other, "secret")
    layout = h5py.VirtualLayout(old.shape, old.dtype)
    layout[...] = h5py.VirtualSource(str(outside / "secret.h5"), "secret", old.shape)
    del file[name]
    file.create_virtual_dataset(name, layout)


def loop(file: h5py.File, name: str, old: h5py.Dataset, outside: Path) -> None:
    del file[name]
    file[name] = h5py.SoftLink("/round/about")
    file["round/about"] = h5py.SoftLink("/" + name)


def link_to_nothing(file: h5py.File, name: str, old: h5py.Dataset, outside: Path) -> None:
    del file[name]
    file[name] = h5py.SoftLink("/nothing/here")


def group(file: h5py.File, name: str, old: h5py.Dataset, outside: Path) -> None:
    del file[name]
    file.create_group(name)["self"] = h5py.SoftLink("/")


def frames_too_large(file: h5py.File, name: str, old: h5py.Dataset, outside: Path) -> None:
    """10 to the 15 elements and more, of which none is stored."""
    shape = tuple(10**6 if axis < 3 else size for axis, size in enumerate(old.shape))
    shape = shape if len(shape) > 1 else (10**15,)
    kind = old.dtype
    del file[name]
    file.create_dataset(name, shape, kind, chunks=tuple(min(size, 16) for size in shape))


def overflowing(file: h5py.File, name: str, old: h5py.Dataset, outside: Path) -> None:
    """A shape whose product is just beyond 64 bits."""
    shape = (2**62, 8) + old.shape[2:]
    kind = old.dtype
    del file[name]
    file.create_dataset(name, shape, kind, chunks=tuple(min(size, 16) for size in shape))


def compound(file: h5py.File, name: str, old: h5py.Dataset, outside: Path) -> None:
    shape = old.shape
    del file[name]
    file.create_dataset(name, shape, np.dtype([("a", "u1"), ("b", "f8")]))


def ragged(file: h5py.File, name: str, old: h5py.Dataset, outside: Path) -> None:
    """Elements that point into a heap."""
    shape = old.shape
    del file[name]
    file.create_dataset(name, shape, h5py.vlen_dtype(np.float64))


def references(file: h5py.File, name: str, old: h5py.Dataset, outside: Path) -> None:
    shape = old.shape
    del file[name]
    file.create_dataset(name, shape, h5py.ref_dtype)


def scalar(file: h5py.File, name: str, old: h5py.Dataset, outside: Path) -> None:
    kind = old.dtype
    del file[name]
    file.create_dataset(name, (), kind)


def without_elements(file: h5py.File, name: str, old: h5py.Dataset, outside: Path) -> None:
    kind = old.dtype
    del file[name]
    file[name] = h5py.Empty(kind)


def unknown_filter(file: h5py.File, name: str, old: h5py.Dataset, outside: Path) -> None:
    """Chunks that only a plug-in could unpack, one that the file might name to have it loaded."""
    shape, kind = old.shape, old.dtype
    del file[name]
    made = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    made.set_chunk(shape)
    made.set_filter(32123, h5py.h5z.FLAG_OPTIONAL, (1, 2, 3))
    space = h5py.h5s.create_simple(shape)
    kind_id = h5py.h5t.py_create(kind, logical=True)
    links = h5py.h5p.create(h5py.h5p.LINK_CREATE)
    links.set_create_intermediate_group(True)
    held = h5py.h5d.create(file.id, name.encode(), kind_id, space, dcpl=made, lcpl=links)
    held.write_direct_chunk((0,) * len(shape), b"\x01" * 100, 0)


def torn_chunks(file: h5py.File, name: str, old: h5py.Dataset, outside: Path) -> None:
    """Deflated chunks that do not inflate."""
    shape, kind = old.shape, old.dtype
    del file[name]
    made = file.create_dataset(name, shape, kind, chunks=shape, compression="gzip")
    made.id.write_direct_chunk((0,) * len(shape), zlib.compress(b"no frames")[:-5] + b"\xff" * 40)


def short_chunks(file: h5py.File, name: str, old: h5py.Dataset, outside: Path) -> None:
    """Deflated chunks that inflate to fewer bytes than a chunk has."""
    shape, kind = old.shape, old.dtype
    del file[name]
    made = file.create_dataset(name, shape, kind, chunks=shape, compression="gzip")
    made.id.write_direct_chunk((0,) * len(shape), zlib.compress(b"x"))


def swelling_chunks(file: h5py.File, name: str, old: h5py.Dataset, outside: Path) -> None:
    """Deflated chunks that inflate to far more bytes than a chunk has."""
    shape, kind = old.shape, old.dtype
    del file[name]
    made = file.create_dataset(name, shape, kind, chunks=shape, compression="gzip")
    made.id.write_direct_chunk((0,) * len(shape), deflated_zeros(256 << 20))


ATTACKS: dict[str, Attack] = {
    attack.__name__: attack
    for attack in (
        external_link,
        external_link_by_a_climbing_name,
        external_storage,
        virtual,
        loop,
        link_to_nothing,
        group,
        frames_too_large,
        overflowing,
        compound,
        ragged,
        references,
        scalar,
        without_elements,
        unknown_filter,
        torn_chunks,
        short_chunks,
        swelling_chunks,
    )
}
# The chunk is there; a reader may take less of it, or find less in it, than harm needs.
MAY_BE_RIGHT = {"swelling_chunks"}


def deflated_zeros(count: int, wbits: int = 15) -> bytes:
    packer = zlib.compressobj(9, wbits=wbits)
    block = bytes(1 << 20)
    return b"".join(packer.compress(block) for _ in range(count >> 20)) + packer.flush()


@pytest.mark.parametrize("carrier, attack", pairs(CARRIERS, ATTACKS))
def test_hdf5_that_leads_out_or_lies_is_refused(
    carrier: str, attack: str, bank: Bank, outside: Path, tmp_path: Path
) -> None:
    target = CARRIERS[carrier]
    folder = copied(target.sample, tmp_path)
    path = folder / target.file
    try:
        with h5py.File(path, "r+") as file:
            name = target.dataset or sorted(file)[3]
            ATTACKS[attack](file, name, file[name], outside)
    except (TypeError, ValueError, OSError) as error:
        pytest.skip(f"h5py makes no such file: {error}")
    done = ingest(bank, target.format, folder, settings=target.settings)
    if done.returncode == DONE and attack in MAY_BE_RIGHT:
        assert_verifies(bank)
        return
    if is_left_out(done, path.name):
        assert_verifies(bank)
        return
    # Of plain arrays the user says which one is meant and which axes it has: a setting that does not fit is wrong usage.
    assert_refused(done, path.name, code=REFUSED_OR_USAGE if target.format == "array" else REFUSED)
    assert_nothing_came_of_it(bank)


@pytest.mark.parametrize("carrier", CARRIERS)
def test_flipped_bytes_anywhere_in_hdf5_are_survived(carrier: str, tmp_path: Path, stbank: Path) -> None:
    """The library may crash on these; stbank may not. What is taken has to be whole."""
    target = CARRIERS[carrier]
    folder = copied(target.sample, tmp_path)
    path = folder / target.file
    content = path.read_bytes()
    draw = random.Random(carrier)
    for number in range(200 if SOAK else 2):
        bank = Bank(tmp_path / f"bank{number}")
        torn = bytearray(content)
        for _ in range(draw.choice([1, 4, 64])):
            torn[draw.randrange(min(len(torn), draw.choice([512, 4096, len(torn)])))] = draw.randrange(256)
        path.write_bytes(torn)
        done = ingest(bank, target.format, folder, settings=target.settings)
        if done.returncode == DONE:
            assert_verifies(bank)
        else:
            # Damage to what tells the format makes it another kind of file, or one that is not there.
            assert_refused(done, code=REFUSED_OR_USAGE)
            assert_nothing_came_of_it(bank)


# MARK: Catalogues


def sevir_rows(folder: Path, change: Callable[[list[dict[str, str]]], None]) -> Path:
    import csv

    path = folder / "CATALOG.csv"
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    change(rows)
    with open(path, "w", newline="", errors="surrogateescape") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def every(column: str, value: str) -> Callable[[list[dict[str, str]]], None]:
    def change(rows: list[dict[str, str]]) -> None:
        for row in rows:
            row[column] = value

    return change


def first(column: str, value: str) -> Callable[[list[dict[str, str]]], None]:
    def change(rows: list[dict[str, str]]) -> None:
        rows[0][column] = value

    return change


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "../outside/SEVIR_VIL_STORMEVENTS_2018_0101_0630.h5",
        "vil/../../../outside/SEVIR_VIL_STORMEVENTS_2018_0101_0630.h5",
        "/etc/passwd",
        "/dev/zero",
        "..",
        ".",
        "vil/2018/",
        "vil//2018/../2018/x.h5",
        "a\nb.h5",
        "a\x1b[2Jb.h5",
        "x" * 5000,
        "vil/" * 400 + "x.h5",
    ],
)
def test_a_catalogue_whose_file_names_climb_is_refused(name: str, bank: Bank, tmp_path: Path) -> None:
    folder = copied("sevir-chunked", tmp_path)
    (tmp_path / "raw" / "outside").mkdir()
    shutil.copy(folder / SEVIR_FILE, tmp_path / "raw" / "outside")
    sevir_rows(folder, every("file_name", name))
    assert_refuses(bank, "sevir", folder, named=("CATALOG.csv",))


def test_a_catalogue_whose_absolute_file_name_exists_is_refused(bank: Bank, outside: Path, tmp_path: Path) -> None:
    folder = copied("sevir-chunked", tmp_path)
    shutil.copy(folder / SEVIR_FILE, outside / "secret.h5")
    sevir_rows(folder, every("file_name", str(outside / "secret.h5")))
    assert_refuses(bank, "sevir", folder, named=("CATALOG.csv",))


@pytest.mark.parametrize("part", ["data", "data/vil", "data/vil/2018", SEVIR_FILE])
def test_a_symbolic_link_out_of_the_folder_is_not_followed(part: str, bank: Bank, outside: Path, tmp_path: Path) -> None:
    folder = copied("sevir-chunked", tmp_path)
    shutil.move(folder / part, outside / "elsewhere")
    (folder / part).symlink_to(outside / "elsewhere")
    assert_refuses(bank, "sevir", folder, named=("CATALOG.csv",))


@pytest.mark.parametrize(
    "column, value",
    [
        ("file_index", "-1"),
        ("file_index", "1000000"),
        ("file_index", str(2**63)),
        ("file_index", "9" * 400),
        ("file_index", "nan"),
        ("file_index", ""),
        ("file_index", "1.5"),
        ("time_utc", ""),
        ("time_utc", "2018-13-45 99:99:99"),
        ("time_utc", "999999999-01-01 00:00:00"),
        ("time_utc", "nan"),
        ("minute_offsets", ""),
        ("minute_offsets", "0:" * 300_000 + "0"),
        ("minute_offsets", ":".join(["9" * 30] * 49)),
        ("minute_offsets", ":".join(["nan"] * 49)),
        ("minute_offsets", ":".join(["1e400"] * 49)),
        ("llcrnrlat", "nan"),
        ("urcrnrlon", "inf"),
        ("llcrnrlat", "1e999"),
        ("llcrnrlat", "north"),
        ("pct_missing", "nan"),
        ("pct_missing", "-inf"),
        ("id", ""),
        ("id", "a\nb"),
        ("id", "S\x00"),
        ("id", "x" * 100_000),
        ("event_type", "\x1b]0;owned\x07"),
        ("img_type", "../vil"),
    ],
)
def test_a_catalogue_with_senseless_values_is_refused_or_its_row_is_left_out(
    column: str, value: str, bank: Bank, tmp_path: Path
) -> None:
    folder = copied("sevir-chunked", tmp_path)
    before = digest_of("sevir", SAMPLES / "sevir-chunked", tmp_path)
    try:
        sevir_rows(folder, first(column, value))
    except ValueError as error:
        pytest.skip(f"csv writes no such table: {error}")
    done = ingest(bank, "sevir", folder)
    if done.returncode == DONE:
        # Left out, or taken with the value as missing: never as a number that is none.
        assert_verifies(bank)
        assert answer(done)["digest"] != before or column in ("pct_missing", "event_type", "img_type")
        texts = [path.read_text() for path in (bank.folder / "manifests").rglob("*.json*")]
        assert not any(word in text.lower() for text in texts for word in (":nan", ":inf", ":-inf", "\x1b"))
    else:
        assert_refused(done, "CATALOG.csv")
        assert_nothing_came_of_it(bank)


def test_a_catalogue_with_a_line_of_100_mb_is_refused(bank: Bank, tmp_path: Path) -> None:
    folder = copied("sevir-chunked", tmp_path)
    catalogue = folder / "CATALOG.csv"
    with open(catalogue, "a") as file:
        file.write("S1," + "x" * 100_000_000 + "\n")
    assert_refuses(bank, "sevir", folder, named=("CATALOG.csv",))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n" * 1000,
        b"\xff\xfe\x00\x01" * 1000,
        b"id,file_name\n",
        b"id,id,id\n1,2,3\n",
        b'id,file_name,file_index,img_type,time_utc,minute_offsets\n"open quote\n' + b"x" * 1000,
        b"," * 2_000_000,
        b"\x00" * 100_000,
        b"id,file_name,file_index,img_type,time_utc,minute_offsets\n1,2\n",
        gzip.compress(b"id,file_name\n"),
    ],
    ids=["empty", "lines", "binary", "header", "twice", "quote", "commas", "zeros", "narrow", "gzip"],
)
def test_a_catalogue_that_is_none_is_refused(content: bytes, bank: Bank, tmp_path: Path) -> None:
    folder = copied("sevir-chunked", tmp_path)
    (folder / "CATALOG.csv").write_bytes(content)
    assert_refuses(bank, "sevir", folder, named=("CATALOG.csv",))


def test_an_event_that_is_there_twice_is_left_out_whole(bank: Bank, tmp_path: Path) -> None:
    folder = copied("sevir", tmp_path)
    sevir_rows(folder, lambda rows: rows.append(dict(rows[0])))
    done = ingest(bank, "sevir", folder)
    made = answer(done)
    assert made["digest"] != digest_of("sevir", SAMPLES / "sevir", tmp_path)
    ids = (bank.folder / "manifests" / made["digest"] / "sequences.jsonl").read_text()
    assert '"id":"S728503"' not in ids
    assert "twice" in done.stderr or "several times" in done.stderr, done.stderr


@pytest.mark.parametrize(
    "line",
    [
        "person01_boxing_d1 frames 1-999999999",
        "person01_boxing_d1 frames 50-10",
        "person01_boxing_d1 frames -5-10",
        "person01_boxing_d1 frames 1-" + "9" * 100,
        "../../etc/passwd frames 1-2",
        "person01_boxing_d1 frames " + ", ".join("1-2" for _ in range(100_000)),
        "\x1b[2J frames 1-2",
        "x" * 1_000_000,
    ],
)
def test_the_clip_index_of_kth_is_not_believed(line: str, bank: Bank, tmp_path: Path) -> None:
    folder = copied("kth", tmp_path)
    with open(folder / "00sequences.txt", "a") as file:
        file.write("\n" + line + "\n")
    done = ingest(bank, "kth", folder)
    if done.returncode == DONE:
        assert_verifies(bank)
    else:
        assert_refused(done, "00sequences.txt")
        assert_nothing_came_of_it(bank)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 200_000,
        '{"a":' * 200_000,
        '{"train": ["../../../etc"], "test": []}',
        '{"train": [1e400, NaN, -1], "test": [0]}',
        '{"train": "' + "x" * 10_000_000,
        "{}",
        "null",
        '{"train": null}',
        "\x00\x01",
    ],
    ids=["empty", "brackets", "nested", "climbs", "numbers", "text", "object", "null", "nothing", "binary"],
)
def test_the_split_file_of_firesys_is_not_believed(text: str, bank: Bank, tmp_path: Path) -> None:
    folder = copied("firesys-circular_motion", tmp_path)
    path = folder / "datainfo" / "circular_motion" / "data_split_dict_1.json"
    assert path.exists()
    path.write_text(text)
    assert_refuses(bank, "firesys", folder, named=("data_split_dict_1.json",))


@pytest.mark.parametrize("name", ["BJ_Holiday.txt", "BJ_Meteorology.h5"])
@pytest.mark.parametrize("content", [b"", b"\xff" * 1000, b"20139999\n", b"9" * 10_000_000], ids=len)
def test_the_tables_beside_taxibj_are_not_believed(name: str, content: bytes, bank: Bank, tmp_path: Path) -> None:
    folder = copied("taxibj", tmp_path)
    (folder / name).write_bytes(content)
    done = ingest(bank, "taxibj", folder)
    if done.returncode == DONE and name == "BJ_Holiday.txt" and not content:
        assert_verifies(bank)
        return
    assert_refused(done, name)
    assert_nothing_came_of_it(bank)


# MARK: Pickles


@dataclass
class Bomb:
    """Unpickled, it writes a file."""

    marker: str

    def __reduce__(self) -> tuple:
        return os.system, (f"touch {self.marker}",)


def npy_bytes(array: np.ndarray) -> bytes:
    written = io.BytesIO()
    np.save(written, array, allow_pickle=True)
    return written.getvalue()


def pickled(marker: Path) -> bytes:
    return npy_bytes(np.array([Bomb(str(marker))] * 4, object))


def npz_of(path: Path, **members: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)


def test_a_pickled_npy_is_refused_and_never_run(bank: Bank, tmp_path: Path) -> None:
    marker = tmp_path / "owned"
    (tmp_path / "evil.npy").write_bytes(pickled(marker))
    assert_refuses(bank, "array", tmp_path / "evil.npy", settings={"axes": "T"}, named=("evil.npy",), code=REFUSED_OR_USAGE)
    assert_refuses(
        Bank(tmp_path / "bank2"), "array", tmp_path / "evil.npy", settings={"axes": "THW"}, named=("evil.npy",)
    )
    assert not marker.exists()


def test_a_pickled_member_of_an_npz_is_refused_and_never_run(bank: Bank, tmp_path: Path) -> None:
    marker = tmp_path / "owned"
    npz_of(tmp_path / "evil.npz", u=pickled(marker))
    settings = {"axes": "THW", "variable": "u"}
    assert_refuses(bank, "array", tmp_path / "evil.npz", settings=settings, named=("evil.npz",))
    assert not marker.exists()


NPY_PLACES = {
    "sevir arrays": ("sevir", "sevir-nuwa", "SEVIR_IR069_STORMEVENTS_2018_0701_1231.npy", {}),
    "sevir windows": (
        "sevir",
        "sevir-windows",
        "train_2h/vil-2018-SEVIR_VIL_STORMEVENTS_2018_0701_1231.h5-1-0.npy",
        {},
    ),
    "taxibj plus": ("taxibj", "taxibj-plus", "TaxiBJ/valid/X_c.npy", {}),
    "taxibj reshaped": ("taxibj", "taxibj-plus-reshaped", "train_input_data_reshaped.npy", {}),
    "taxibj predbench": ("taxibj", "taxibj-predbench", "train.npy", {}),
    "taxibj dltraff": ("taxibj", "taxibj-dltraff", "TaxiBJ14.npy", {}),
    "taxibj urbanfm": ("taxibj", "taxibj-urbanfm", "P1/valid/ext.npy", {}),
    "array": ("array", "array", "waves.npy", {"axes": "NTCHW"}),
}


def npy_with_header(header: str, body: bytes = b"", version: int = 1, length: int | None = None) -> bytes:
    text = header.encode("latin-1") + b"\n"
    size = len(text) if length is None else length
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", size) + text + body


def npy_like(path: Path, shape: str) -> bytes:
    """The file with another shape in its header."""
    array = np.load(path, mmap_mode="r")
    header = f"{{'descr': '{array.dtype.str}', 'fortran_order': False, 'shape': {shape}, }}"
    return npy_with_header(header, path.read_bytes()[-array.nbytes :])


NPY_ATTACKS: dict[str, Callable[[Path, Path], bytes]] = {
    "pickled": lambda path, marker: pickled(marker),
    "overflowing shape": lambda path, marker: npy_like(path, f"({2**62}, 4, 1, 8, 8)"),
    "product beyond 64 bits": lambda path, marker: npy_like(path, f"({2**32}, {2**32}, 2, 16, 16)"),
    "10**15 elements": lambda path, marker: npy_like(path, "(100000, 10000, 1, 1000, 1000)"),
    "digits": lambda path, marker: npy_like(path, f"({'9' * 5000}, 1, 1, 1, 1)"),
    "negative": lambda path, marker: npy_like(path, "(-1, 2, 3, 4, 5)"),
    "zero": lambda path, marker: npy_like(path, "(0, 2, 3, 4, 5)"),
    "hundred axes": lambda path, marker: npy_like(path, f"({'1, ' * 100})"),
    "code in the header": lambda path, marker: npy_like(path, f"(__import__('os').system('touch {marker}'), )"),
    "long header": lambda path, marker: npy_with_header("{'descr': '<f4', " + " " * 50_000_000 + "}", b"", 2),
    "header beyond the file": lambda path, marker: npy_with_header("{}", b"", 2, 2**32 - 1),
    "brackets": lambda path, marker: npy_with_header("{'shape': " + "(" * 60_000, b""),
    "objects inside": lambda path, marker: npy_with_header(
        "{'descr': [('a', '|O'), ('b', '<f4')], 'fortran_order': False, 'shape': (4, 4, 4, 4, 4), }", bytes(1 << 16)
    ),
    "unknown version": lambda path, marker: b"\x93NUMPY\x09\x00" + path.read_bytes()[8:],
}


@pytest.mark.parametrize("place, attack", pairs(NPY_PLACES, NPY_ATTACKS))
def test_npy_that_lies_is_refused(place: str, attack: str, bank: Bank, tmp_path: Path) -> None:
    format, sample, name, settings = NPY_PLACES[place]
    folder = copied(sample, tmp_path)
    marker = tmp_path / "owned"
    (folder / name).write_bytes(NPY_ATTACKS[attack](folder / name, marker))
    # Another number of axes than asked for is a wrong setting rather than a wrong file.
    named = sample if attack == "zero" else Path(name).name
    assert_refuses(bank, format, folder, settings=settings, named=(named,), code=REFUSED_OR_USAGE)
    assert not marker.exists()


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps(Bomb("MARKER")),
        b"",
        b"\x80\x04" + b"(" * 1_000_000,
        b"\x80\x04\x8c\xff" + b"x" * 10,
        pickle.dumps([[[[0]]]] * 1000),
        b"\x80\x02]q\x00(" + b"h\x00" * 100_000 + b"e.",
        b"\x80\x04\x8e" + struct.pack("<Q", 2**62),
    ],
    ids=["code", "empty", "marks", "cut", "lists", "memo", "huge"],
)
def test_the_pickle_beside_kth_shards_is_never_run(content: bytes, bank: Bank, tmp_path: Path) -> None:
    folder = copied("kth-mcvd", tmp_path)
    marker = tmp_path / "owned"
    if content == pickle.dumps(Bomb("MARKER")):
        content = pickle.dumps(Bomb(str(marker)))
    (folder / "persons.pkl").write_bytes(content)
    done = ingest(bank, "kth", folder)
    assert not marker.exists()
    # The shards say all that is needed.
    assert answer(done)["digest"] == digest_of("kth", SAMPLES / "kth-mcvd", tmp_path)


# MARK: Bombs and archives


def zip_with(path: Path, name: str, packed: bytes, claimed: int, checksum: int = 0, method: int = 8) -> None:
    """A zip file of one member that says what we want of itself."""
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, method, 0, 0, checksum, len(packed), claimed, len(name), 0)
    entry = struct.pack(
        "<IHHHHHHIIIHHHHHII",
        *(0x02014B50, 20, 20, 0, method, 0, 0, checksum, len(packed), claimed, len(name), 0, 0, 0, 0, 0, 0),
    )
    start = len(local) + len(name) + len(packed)
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, len(entry) + len(name), start, 0)
    path.write_bytes(local + name.encode() + packed + entry + name.encode() + end)


NPY_HEADER = npy_with_header("{'descr': '|u1', 'fortran_order': False, 'shape': (1024, 1024, 1024), }")
NPZ_SETTINGS = {"variable": "u", "axes": "THW"}


def deflated(*parts: bytes) -> bytes:
    packer = zlib.compressobj(9, wbits=-15)
    return b"".join(packer.compress(part) for part in parts) + packer.flush()


@pytest.mark.parametrize("claimed", [0, 100, len(NPY_HEADER) + 2**30, 2**32 - 2])
def test_an_npz_whose_size_lies_is_refused(claimed: int, bank: Bank, tmp_path: Path) -> None:
    packed = deflated(NPY_HEADER, *[bytes(1 << 20)] * 64)
    zip_with(tmp_path / "bomb.npz", "u.npy", packed, claimed)
    assert_refuses(bank, "array", tmp_path / "bomb.npz", settings=NPZ_SETTINGS, named=("bomb.npz",))


@pytest.mark.parametrize("shape", [f"({2**62}, 4, 4)", "(1000000, 1000000, 1000)", "(3, 4, 4)", "(70, 1024, 1024)"])
def test_an_npz_whose_shape_does_not_fit_its_bytes_is_refused(shape: str, bank: Bank, tmp_path: Path) -> None:
    header = npy_with_header(f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}")
    npz_of(tmp_path / "bomb.npz", u=header + bytes(64 << 20))
    assert_refuses(bank, "array", tmp_path / "bomb.npz", settings=NPZ_SETTINGS, named=("bomb.npz",))


@pytest.mark.parametrize("name", ["../../u.npy", "/etc/u.npy", "u.npy/../u.npy", "u\x00.npy"])
def test_an_npz_with_a_climbing_member_writes_nothing_outside(name: str, bank: Bank, tmp_path: Path) -> None:
    zip_with(tmp_path / "evil.npz", name, deflated(npy_bytes(np.zeros((3, 4, 4)))), 512)
    assert_refuses(
        bank, "array", tmp_path / "evil.npz", settings=NPZ_SETTINGS, named=("evil.npz",), code=REFUSED_OR_USAGE
    )
    assert not Path("/etc/u.npy").exists()


def test_an_npz_with_the_same_member_twice_is_refused(bank: Bank, tmp_path: Path) -> None:
    with pytest.warns(UserWarning), zipfile.ZipFile(tmp_path / "evil.npz", "w") as archive:
        archive.writestr("u.npy", npy_bytes(np.zeros((3, 4, 4))))
        archive.writestr("u.npy", npy_bytes(np.ones((3, 4, 4))))
    done = ingest(bank, "array", tmp_path / "evil.npz", settings=NPZ_SETTINGS)
    if done.returncode != DONE:
        assert_refused(done, "evil.npz")


RADOLAN = "raa01-ry_10000-1605291600-dwd---bin.gz"


def test_a_gzip_bomb_as_a_radolan_file_is_refused(bank: Bank, tmp_path: Path) -> None:
    folder = copied("rainnet-radolan", tmp_path)
    (folder / RADOLAN).write_bytes(deflated_zeros(512 << 20, wbits=31))
    assert_refuses(bank, "rainnet", folder, named=(RADOLAN,))


def test_a_gzip_bomb_behind_a_good_radolan_header_is_refused(bank: Bank, tmp_path: Path) -> None:
    folder = copied("rainnet-radolan", tmp_path)
    content = gzip.decompress((folder / RADOLAN).read_bytes())
    packer = zlib.compressobj(9, wbits=31)
    body = packer.compress(content) + b"".join(packer.compress(bytes(1 << 20)) for _ in range(512)) + packer.flush()
    (folder / RADOLAN).write_bytes(body)
    assert_refuses(bank, "rainnet", folder, named=(RADOLAN,))


def test_gzip_inside_gzip_is_unpacked_to_a_limit_only(bank: Bank, tmp_path: Path) -> None:
    folder = copied("rainnet-radolan", tmp_path)
    content = (folder / RADOLAN).read_bytes()
    for _ in range(100):
        content = gzip.compress(content, 1)
    (folder / RADOLAN).write_bytes(content)
    assert_refuses(bank, "rainnet", folder, named=(RADOLAN,))


def test_a_bzip2_bomb_in_the_place_of_a_tar_file_is_refused(bank: Bank, tmp_path: Path) -> None:
    folder = copied("rainnet-rv", tmp_path)
    name = "DE1200_RV1807010005.tar.bz2"
    packer = bz2.BZ2Compressor(9)
    (folder / name).write_bytes(b"".join(packer.compress(bytes(1 << 20)) for _ in range(128)) + packer.flush())
    assert_refuses(bank, "rainnet", folder, named=(name,))


def tar_members(path: Path) -> list[tuple[tarfile.TarInfo, bytes]]:
    with tarfile.open(path) as archive:
        return [(member, archive.extractfile(member).read()) for member in archive if member.isfile()]


@pytest.mark.parametrize("prefix", ["../../../", "/tmp/stbank-climbed/", "a/../../../"])
def test_a_tar_file_with_climbing_names_writes_nothing_outside(prefix: str, bank: Bank, tmp_path: Path) -> None:
    folder = copied("rainnet-tar", tmp_path)
    path = next(folder.glob("*.tar"))
    members = tar_members(path)
    with tarfile.open(path, "w") as archive:
        for member, content in members:
            member.name = prefix + Path(member.name).name
            archive.addfile(member, io.BytesIO(content))
    before = set(tmp_path.rglob("*"))
    done = ingest(bank, "rainnet", folder)
    new = {path for path in set(tmp_path.rglob("*")) - before if bank.folder not in path.parents}
    assert new <= {bank.folder}
    assert not Path("/tmp/stbank-climbed").exists()
    if done.returncode == DONE:
        # Members are read, never unpacked by their names: then the names do no harm and the content is what it was.
        assert answer(done)["digest"] == digest_of("rainnet", SAMPLES / "rainnet-tar", tmp_path)
    else:
        assert_refused(done, path.name)
        assert_nothing_came_of_it(bank)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_a_tar_file_are_not_made(kind: bytes, bank: Bank, tmp_path: Path) -> None:
    folder = copied("rainnet-tar", tmp_path)
    path = next(folder.glob("*.tar"))
    members = tar_members(path)
    with tarfile.open(path, "w") as archive:
        for number, (member, content) in enumerate(members):
            if number == 0:
                evil = tarfile.TarInfo(member.name)
                evil.type, evil.linkname = kind, "/etc/passwd"
                archive.addfile(evil)
            else:
                archive.addfile(member, io.BytesIO(content))
    done = ingest(bank, "rainnet", folder)
    if done.returncode == DONE:
        assert_verifies(bank)
        assert b"root:" not in b"".join(path.read_bytes() for path in bank.folder.rglob("*.nc"))
    else:
        assert_refused(done, path.name)
        assert_nothing_came_of_it(bank)


@pytest.mark.parametrize("size", ["77777777777", "00000000001", "99999999999", "zzzzzzzzzzz"])
def test_a_tar_file_whose_sizes_lie_is_refused(size: str, bank: Bank, tmp_path: Path) -> None:
    folder = copied("rainnet-tar", tmp_path)
    path = next(folder.glob("*.tar"))
    content = bytearray(path.read_bytes())
    content[124:135] = size.encode()
    content[148:156] = b" " * 8
    content[148:156] = f"{sum(content[:512]):06o}\0 ".encode()
    path.write_bytes(content)
    assert_refuses(bank, "rainnet", folder, named=(path.name,))


def test_a_packed_hdf5_that_is_a_bomb_is_refused(bank: Bank, tmp_path: Path) -> None:
    folder = copied("sevir-challenge-packed", tmp_path)
    path = folder / "nowcast_training_000.h5.tar.gz"
    inner = tarfile.TarInfo("nowcast_training_000.h5")
    inner.size = 512 << 20
    packer = zlib.compressobj(9, wbits=31)
    parts = [packer.compress(inner.tobuf())] + [packer.compress(bytes(1 << 20)) for _ in range(512)]
    path.write_bytes(b"".join(parts) + packer.flush())
    assert_refuses(bank, "sevir", folder, named=(path.name,))


# MARK: RADOLAN headers


def radolan_with(folder: Path, change: Callable[[bytes], bytes]) -> Path:
    path = folder / "raa01-ry_10000-1605291605-dwd---bin"
    content = path.read_bytes()
    end = content.index(b"\x03")
    path.write_bytes(change(content[:end]) + content[end:])
    return path


def replaced(old: bytes, new: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    def change(header: bytes) -> bytes:
        assert old in header, header
        begin = header.index(old)
        return header[:begin] + new(header[begin:])

    return change


@pytest.mark.parametrize(
    "change",
    [
        replaced(b"BY", lambda rest: b"BY" + b"9999999" + rest[9:]),
        replaced(b"BY", lambda rest: b"BY" + b"      0" + rest[9:]),
        replaced(b"BY", lambda rest: b"BY" + b"-000001" + rest[9:]),
        replaced(b"GP", lambda rest: b"GP" + b"9999x9999" + rest[11:]),
        replaced(b"GP", lambda rest: b"GP" + b"   0x   0" + rest[11:]),
        replaced(b"GP", lambda rest: b"GP" + b"  -1x  -1" + rest[11:]),
        replaced(b"PR", lambda rest: b"PR" + b" E-99" + rest[7:]),
        replaced(b"INT", lambda rest: b"INT" + b"   0" + rest[7:]),
        lambda header: header[:2] + b"999999" + header[8:],
        lambda header: b"XX" + header[2:],
        lambda header: header[:-3] + b"999",
        lambda header: header + b"\xff" * 100_000,
        lambda header: b"",
    ],
    ids=["more", "none", "negative", "grid", "nogrid", "minus", "precision", "int", "time", "product", "text", "long", "no"],
)
def test_a_radolan_header_that_lies_is_refused(change: Callable[[bytes], bytes], bank: Bank, tmp_path: Path) -> None:
    folder = copied("rainnet-radolan", tmp_path)
    path = radolan_with(folder, change)
    before = (SAMPLES / "rainnet-radolan" / path.name).read_bytes()
    assert path.read_bytes() != before
    done = ingest(bank, "rainnet", folder)
    if done.returncode == DONE:
        # The list of stations at the end says nothing about the frames.
        assert path.read_bytes().split(b"\x03")[0][:60] == before.split(b"\x03")[0][:60]
    else:
        assert_refused(done, path.name)
        assert_nothing_came_of_it(bank)


# MARK: Pictures and films


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, depth: int, color: int, body: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")


def png_bomb() -> bytes:
    """60000 by 60000 pixels of one bit, all there: half a megabyte."""
    return png(60_000, 60_000, 1, 0, deflated_zeros(60_000 * 7501))


def sized_jpeg(content: bytes, rows: int, columns: int) -> bytes:
    for marker in (b"\xff\xc0", b"\xff\xc2"):
        place = content.find(marker)
        if place > 0:
            return content[: place + 5] + struct.pack(">HH", rows, columns) + content[place + 9 :]
    raise AssertionError("no frame header")


PICTURES = {
    "png of 60000 x 60000": lambda old: png(60_000, 60_000, 8, 2, zlib.compress(b"\0")),
    "png bomb": lambda old: png_bomb(),
    "png of 2**31 - 1": lambda old: png(2**31 - 1, 2**31 - 1, 16, 6, zlib.compress(b"\0")),
    "png without pixels": lambda old: png(0, 0, 8, 2, b""),
    "png with a wrong checksum": lambda old: old[:40] + bytes([old[40] ^ 1]) + old[41:],
    "png cut": lambda old: old[: len(old) // 2],
    "other format": lambda old: b"GIF89a" + struct.pack("<HH", 65535, 65535) + bytes(100),
    "text": lambda old: b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
    "playlist": lambda old: b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
    "nothing": lambda old: b"",
    "zeros": lambda old: bytes(5_000_000),
}
PICTURE_PLACES = {
    "pd": ("pd", "pd", "*/*/frame_7.png"),
    "kth": ("kth", "kth-svg", "processed/*/*/image-013_64x64.png"),
    "firesys": ("firesys", "firesys-circular_motion", "circular_motion/1/9.png"),
}


def picture_at(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern)) or sorted(folder.rglob(Path(pattern).name))
    assert found, f"no {pattern} in {folder}"
    return found[0]


@pytest.mark.parametrize("place, attack", pairs(PICTURE_PLACES, PICTURES, share=2))
def test_a_picture_that_lies_is_refused(place: str, attack: str, bank: Bank, tmp_path: Path) -> None:
    format, sample, pattern = PICTURE_PLACES[place]
    folder = copied(sample, tmp_path)
    path = picture_at(folder, pattern)
    path.write_bytes(PICTURES[attack](path.read_bytes()))
    done = ingest(bank, format, folder)
    if is_left_out(done, path.name):
        assert_verifies(bank)
    else:
        assert_refused(done, path.name)
        assert_nothing_came_of_it(bank)


@pytest.mark.parametrize("rows, columns", [(65_500, 65_500), (1, 1), (0, 0)])
@pytest.mark.parametrize(
    "format, sample, name",
    [("kth", "kth-frames", "image_0028.jpg"), ("firesys", "firesys", "47.jpg")],
    ids=["kth", "firesys"],
)
def test_a_jpeg_whose_size_lies_is_refused(
    format: str, sample: str, name: str, rows: int, columns: int, bank: Bank, tmp_path: Path
) -> None:
    folder = copied(sample, tmp_path)
    path = sorted(folder.rglob(name))[0]
    path.write_bytes(sized_jpeg(path.read_bytes(), rows, columns))
    assert_refuses(bank, format, folder, named=(name,))


def gif_with(content: bytes, offset: int, new: bytes) -> bytes:
    return content[:offset] + new + content[offset + len(new) :]


GIFS = {
    "screen of 65535": lambda old: gif_with(old, 6, b"\xff\xff\xff\xff"),
    "no screen": lambda old: gif_with(old, 6, b"\0\0\0\0"),
    "frame outside": lambda old: gif_with(old, old.index(b"\x2c", 13 + 3 * 256), b"\x2c\xff\xff\xff\xff"),
    "frame of 65535": lambda old: gif_with(old, old.index(b"\x2c", 13 + 3 * 256) + 5, b"\xff\xff\xff\xff"),
    "codes that lie": lambda old: old[:2000] + bytes(random.Random(1).randbytes(len(old) - 2000)),
    "no frame": lambda old: old[:13] + b";",
    "only a header": lambda old: old[:6],
    "blocks without end": lambda old: old[:-1] + b"\x21\xfe" + b"\x01x" * 5_000_000,
}


@pytest.mark.parametrize("attack", GIFS)
def test_a_gif_that_lies_is_refused(attack: str, bank: Bank, tmp_path: Path) -> None:
    folder = copied("pd-gif", tmp_path)
    path = folder / "U5_Pos_1_Deg_180.gif"
    path.write_bytes(GIFS[attack](path.read_bytes()))
    done = ingest(bank, "pd", folder)
    if attack == "blocks without end" and done.returncode == DONE:
        assert_verifies(bank)
        return
    assert_refused(done, path.name)
    assert_nothing_came_of_it(bank)


def avi_with(name: bytes, offset: int, new: bytes) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        place = content.index(name) + offset
        return content[:place] + new + content[place + len(new) :]

    return change


HUGE = struct.pack("<I", 0xFFFFFFF0)
AVIS = {
    "riff size": avi_with(b"RIFF", 4, HUGE),
    "frame count": avi_with(b"avih", 8 + 16, HUGE),
    "width and height": avi_with(b"avih", 8 + 32, struct.pack("<II", 65_535, 65_535)),
    "bitmap width and height": avi_with(b"strf", 8 + 4, struct.pack("<ii", 65_535, 65_535)),
    "bitmap without pixels": avi_with(b"strf", 8 + 4, struct.pack("<ii", 0, 0)),
    "negative width": avi_with(b"strf", 8 + 4, struct.pack("<ii", -(2**31), -(2**31))),
    "rate": avi_with(b"strh", 8 + 20, struct.pack("<II", 0, 0)),
    "list size": avi_with(b"movi", -4, HUGE),
    "frame size": avi_with(b"00db", 4, HUGE),
    "codec": avi_with(b"strf", 8 + 16, b"EVIL"),
    "playlist": lambda old: b"ffconcat version 1.0\nfile /etc/passwd\n",
    "http playlist": lambda old: b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\nconcat:file:///etc/passwd\n",
    "noise": lambda old: old[:4096] + random.Random(1).randbytes(len(old) - 4096),
}


@pytest.mark.parametrize("attack", AVIS)
def test_a_film_that_lies_is_refused_or_read_right(attack: str, bank: Bank, tmp_path: Path) -> None:
    folder = copied("kth", tmp_path)
    path = folder / "walking" / "person15_walking_d1_uncomp.avi"
    path.write_bytes(AVIS[attack](path.read_bytes()))
    done = ingest(bank, "kth", folder)
    if is_left_out(done, "person15_walking_d1"):
        assert_verifies(bank)
    elif done.returncode == DONE:
        # What the decoder does not need: the frames are those of the film.
        assert answer(done)["digest"] == digest_of("kth", SAMPLES / "kth", tmp_path), attack
    else:
        assert_refused(done, path.name)
        assert_nothing_came_of_it(bank)


@pytest.mark.parametrize("box", [b"moov", b"mdat", b"stsz", b"stco", b"stts", b"stsc", b"tkhd", b"avcC", b"mp4v"])
@pytest.mark.parametrize("size", [0, 1, 7, 0x7FFFFFFF, 0xFFFFFFFF] if SOAK else [7, 0xFFFFFFFF])
def test_an_mp4_whose_boxes_lie_is_survived(box: bytes, size: int, bank: Bank, tmp_path: Path) -> None:
    folder = copied("kth-reencoded", tmp_path)
    path = folder / "walking" / "person04_d1.mp4"
    content = path.read_bytes()
    if box not in content:
        pytest.skip(f"no {box.decode()} in the sample")
    place = content.index(box) - 4
    path.write_bytes(content[:place] + struct.pack(">I", size) + content[place + 4 :])
    done = ingest(bank, "kth", folder)
    if done.returncode == DONE:
        assert_verifies(bank)
    else:
        assert_refused(done, path.name)
        assert_nothing_came_of_it(bank)


# MARK: Numbers that are none


def lightning(folder: Path) -> Path:
    return folder / "data" / "lght" / "2018" / "SEVIR_LGHT_ALLEVENTS_2018_0601_0701.h5"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38, -3e38] if SOAK else [np.nan, 3e38])
@pytest.mark.parametrize("column", range(5))
def test_lightning_at_no_place_or_time_is_left_out_or_refused(
    column: int, value: float, bank: Bank, tmp_path: Path
) -> None:
    folder = copied("sevir-types", tmp_path)
    with h5py.File(lightning(folder), "r+") as file:
        flashes = file["S801234"][...]
        flashes[5:9, column] = value
        file["S801234"][...] = flashes
    done = ingest(bank, "sevir", folder, settings={"type": "lght"})
    if done.returncode != DONE:
        assert_refused(done, lightning(folder).name)
        assert_nothing_came_of_it(bank)
        return
    if column in (3, 4):
        with h5py.File(lightning(folder), "r+") as file:
            del file["S801234"]
            file["S801234"] = np.delete(flashes, range(5, 9), axis=0)
        assert answer(done)["digest"] == digest_of("sevir", folder, tmp_path, {"type": "lght"})
    assert_verifies(bank)


def netcdf_with(folder: Path, change: Callable[[object], None]) -> Path:
    import netCDF4

    path = folder / "rain_20180617.nc"
    with netCDF4.Dataset(path, "a") as file:
        file.set_auto_maskandscale(False)
        change(file)
    return path


def set_attribute(variable: str, name: str, value: object) -> Callable[[object], None]:
    return lambda file: file[variable].setncattr(name, value)


def set_values(variable: str, value: float) -> Callable[[object], None]:
    def change(file: object) -> None:
        held = file[variable]
        values = held[...]
        values[..., 0] = value
        held[...] = values

    return change


@pytest.mark.parametrize(
    "change",
    [
        set_attribute("time", "units", "fortnights since the flood"),
        set_attribute("time", "units", "seconds since 99999999-01-01"),
        set_attribute("time", "units", "s" * 1_000_000),
        set_attribute("time", "calendar", "martian"),
        set_attribute("time", "scale_factor", np.nan),
        set_attribute("precipitation", "scale_factor", np.inf),
        set_attribute("precipitation", "scale_factor", np.nan),
        set_attribute("precipitation", "scale_factor", 0.0),
        set_attribute("precipitation", "add_offset", -np.inf),
        set_attribute("precipitation", "scale_factor", "a tenth"),
        set_attribute("precipitation", "grid_mapping", "\x1b[2J"),
    ],
    ids=str,
)
def test_senseless_attributes_of_netcdf_are_refused(
    change: Callable[[object], None], bank: Bank, tmp_path: Path
) -> None:
    folder = copied("netcdf", tmp_path)
    path = netcdf_with(folder, change)
    done = ingest(bank, "netcdf", folder)
    if done.returncode == DONE:
        assert_verifies(bank)
        made = attempt(bank, "export", "it", "-o", tmp_path / "it.npz")
        assert made.returncode == DONE
    else:
        assert_refused(done, path.name)
        assert_nothing_came_of_it(bank)


def with_real_times(path: Path, change: Callable[[np.ndarray], None]) -> None:
    """The file again, its times as 64-bit reals."""
    import netCDF4

    old = path.with_suffix(".old")
    path.rename(old)
    with netCDF4.Dataset(old) as source, netCDF4.Dataset(path, "w") as target:
        source.set_auto_maskandscale(False)
        target.setncatts({name: source.getncattr(name) for name in source.ncattrs()})
        for name, dimension in source.dimensions.items():
            target.createDimension(name, None if dimension.isunlimited() else len(dimension))
        for name, variable in source.variables.items():
            values = variable[...]
            attributes = {each: variable.getncattr(each) for each in variable.ncattrs()}
            fill = attributes.pop("_FillValue", None)
            kind = "f8" if name == "time" else variable.dtype
            made = target.createVariable(name, kind, variable.dimensions, fill_value=None if name == "time" else fill)
            made.set_auto_maskandscale(False)
            made.setncatts(attributes)
            if name == "time":
                values = values.astype(float)
                change(values)
            made[...] = values
    old.unlink()


def test_netcdf_with_real_times_is_as_good(bank: Bank, tmp_path: Path) -> None:
    """Or the test below would show nothing."""
    folder = copied("netcdf", tmp_path)
    with_real_times(folder / "rain_20180617.nc", lambda values: None)
    assert ingest(bank, "netcdf", folder).returncode == DONE
    assert_verifies(bank)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300, -1e300])
def test_netcdf_at_no_time_is_refused(value: float, bank: Bank, tmp_path: Path) -> None:
    folder = copied("netcdf", tmp_path)

    def change(values: np.ndarray) -> None:
        values[1] = value

    with_real_times(folder / "rain_20180617.nc", change)
    assert_refuses(bank, "netcdf", folder, named=("rain_20180617.nc",))


# MARK: Names and kinds of files


@pytest.mark.parametrize(
    "name",
    [b"a\nb.gif", b"a\rb.gif", b"\x1b[2Jred.gif", b"\xff\xfe.gif", b"\xc3\x28.gif", b" .gif", b"-rf.gif", b"x" * 250 + b".gif"],
)
def test_strange_file_names_do_no_harm(name: bytes, bank: Bank, tmp_path: Path) -> None:
    folder = copied("pd-gif", tmp_path)
    made = os.path.join(os.fsencode(folder), name)
    shutil.copy(folder / "U5_Pos_1_Deg_180.gif", made)
    for words in ([], ["--dry-run"]):
        done = attempt(bank, "ingest", "pd", folder, *(["--as", "it"] if not words else words))
        assert done.returncode in (DONE, DAMAGED), done.stderr
        assert "\x1b" not in done.stdout and "\r" not in done.stdout
    if (bank.folder / "bank.json").exists():
        assert_verifies(bank)
        for verb in (["list"], ["show", "it"], ["list", "--json"], ["show", "it", "--json"]):
            shown = attempt(bank, *verb)
            assert not any(character in shown.stdout for character in "\x1b\r\x00")


def test_a_path_with_a_line_feed_is_told_in_one_line(bank: Bank, tmp_path: Path) -> None:
    folder = tmp_path / "two\nlines\x1b[31m"
    folder.mkdir()
    (folder / "x.gif").write_bytes(b"GIF89a")
    done = ingest(bank, "pd", folder)
    assert_refused(done)
    assert len([line for line in done.stderr.splitlines() if "stbank: error" in line]) == 1
    assert "\x1b" not in done.stderr


BESIDE = {
    "pd": ("pd-gif", "other.gif"),
    "sevir": ("sevir-chunked", "data/vil/2018/SEVIR_VIL_STORMEVENTS_2018_0701_1231.h5"),
    "taxibj": ("taxibj", "BJ17_M16x16_T30_InOut.h5"),
    "kth": ("kth", "walking/person09_walking_d1_uncomp.avi"),
    "rainnet": ("rainnet-radolan", "raa01-ry_10000-1605291735-dwd---bin"),
    "firesys": ("firesys-circular_motion", "circular_motion/1/60.png"),
    "netcdf": ("netcdf", "rain_20180619.nc"),
}


@pytest.mark.parametrize(
    "format, kind", pairs(BESIDE, ["pipe", "zero", "random", "socket", "nothing", "itself", "folder"])
)
def test_pipes_devices_and_links_to_them_are_never_opened(format: str, kind: str, bank: Bank, tmp_path: Path) -> None:
    sample, name = BESIDE[format]
    folder = copied(sample, tmp_path)
    special(folder / name, kind)
    done = ingest(bank, format, folder)
    assert answer(done)["digest"] == digest_of(format, SAMPLES / sample, tmp_path)


def special(path: Path, kind: str) -> None:
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        import socket

        held = socket.socket(socket.AF_UNIX)
        here = os.getcwd()
        os.chdir(path.parent)
        try:
            held.bind(path.name)
        finally:
            os.chdir(here)
    elif kind == "folder":
        path.symlink_to(path.parent)
    else:
        targets = {"zero": "/dev/zero", "random": "/dev/urandom", "nothing": "nowhere", "itself": path.name}
        path.symlink_to(targets[kind])


@pytest.mark.parametrize("format", ["sevir", "taxibj", "kth", "rainnet", "pd", "firesys", "netcdf", "array"])
@pytest.mark.parametrize("kind", ["pipe", "zero", "empty folder", "empty file", "nothing", "junk", "hidden"])
def test_what_is_no_data_is_refused(format: str, kind: str, bank: Bank, tmp_path: Path) -> None:
    path = tmp_path / "input"
    if kind in ("pipe", "zero"):
        special(path, kind)
    elif kind == "empty folder":
        path.mkdir()
    elif kind == "empty file":
        path.write_bytes(b"")
    elif kind == "junk":
        path.mkdir()
        for suffix in ("h5", "npy", "npz", "csv", "avi", "gif", "png", "nc", "mat", "gz", "txt", "pkl"):
            (path / f"frame_1.{suffix}").write_bytes(random.Random(suffix).randbytes(3000))
    elif kind == "hidden":
        path.mkdir()
        (path / ".DS_Store").write_bytes(b"x")
        (path / "__MACOSX").mkdir()
    named = "/dev/zero" if kind == "zero" else "input"
    assert_refuses(bank, format, path, named=(named,), settings={"axes": "THW"} if format == "array" else {}, code=REFUSED_OR_USAGE)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_nobody_may_read_is_an_error(bank: Bank, tmp_path: Path) -> None:
    folder = copied("pd-gif", tmp_path)
    (folder / "U5_Pos_1_Deg_180.gif").chmod(0)
    assert ingest(bank, "pd", folder).returncode == 1


def test_a_thousand_levels_of_folders_are_refused(bank: Bank, tmp_path: Path) -> None:
    top = tmp_path / "deep"
    top.mkdir()
    here = os.open(top, os.O_RDONLY)
    for _ in range(1000):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    assert_refuses(bank, "pd", top, named=("deep",))
    subprocess.run(["rm", "-rf", str(top)], check=True)


# MARK: Files that change


def while_changing(change: Callable[[], None], run: Callable[[], None]) -> None:
    """Runs something while a thread goes on changing a file."""
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            change()
            time.sleep(0.0005)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        run()
    finally:
        over.set()
        thread.join()


CHANGING = {
    "sevir": ("sevir", "sevir", "data/vil/2018/SEVIR_VIL_STORMEVENTS_2018_0101_0630.h5"),
    "taxibj": ("taxibj", "taxibj", "BJ15_M16x16_T30_InOut.h5"),
    "kth": ("kth", "kth", "walking/person15_walking_d1_uncomp.avi"),
    "rainnet": ("rainnet", "rainnet-radolan", "raa01-ry_10000-1605291605-dwd---bin"),
    "pd": ("pd", "pd-gif", "U5_Pos_1_Deg_180.gif"),
    "netcdf": ("netcdf", "netcdf", "rain_20180617.nc"),
}


@pytest.mark.parametrize(
    "case, way", pairs(CHANGING, ["appended to", "cut", "written anew", "replaced", "removed"], share=2)
)
def test_a_file_that_changes_while_it_is_read_is_an_error_or_makes_no_difference(
    case: str, way: str, tmp_path: Path, stbank: Path
) -> None:
    format, sample, name = CHANGING[case]
    folder = copied(sample, tmp_path)
    path = folder / name
    content = path.read_bytes()
    expected = digest_of(format, SAMPLES / sample, tmp_path)
    draw = random.Random(case + way)

    def change() -> None:
        if way == "appended to":
            with open(path, "ab") as file:
                file.write(b"\0" * 100)
        elif way == "cut":
            os.truncate(path, draw.randrange(len(content)))
            path.write_bytes(content)
        elif way == "written anew":
            path.write_bytes(content)
        elif way == "replaced":
            (path.parent / ".new").write_bytes(content)
            (path.parent / ".new").rename(path)
        elif path.exists():
            path.unlink()
        else:
            path.write_bytes(content)

    for number in range(30 if SOAK else 1):
        path.write_bytes(content)
        bank = Bank(tmp_path / f"bank{number}")
        outcome: list[subprocess.CompletedProcess[str]] = []
        while_changing(change, lambda: outcome.append(ingest(bank, format, folder)))
        if outcome[0].returncode == DONE:
            made = answer(outcome[0])["digest"]
            is_whole = made == expected or is_left_out(outcome[0], path.stem)
            assert is_whole or way in ("appended to", "removed"), "what was read is neither before nor after"
            assert_verifies(bank)
        else:
            # A file that is not there at the moment is wrong usage, or the system's refusal.
            codes = (1, USAGE, DAMAGED) if way in ("removed", "replaced") else REFUSED
            assert_refused(outcome[0], code=codes)
            assert_nothing_came_of_it(bank)


def test_a_file_that_grows_slowly_is_refused_by_name(bank: Bank, tmp_path: Path) -> None:
    """Each byte is read as it was, but the end is not the beginning."""
    folder = copied("sevir", tmp_path)
    catalogue = folder / "CATALOG.csv"

    def change() -> None:
        with open(catalogue, "a") as file:
            file.write("\n")

    outcome: list[subprocess.CompletedProcess[str]] = []
    while_changing(change, lambda: outcome.append(ingest(bank, "sevir", folder)))
    assert_refused(outcome[0], "CATALOG.csv")
    assert "changed" in outcome[0].stderr
    assert_nothing_came_of_it(bank)
    # At rest again, it is taken.
    assert ingest(bank, "sevir", folder).returncode == DONE
    assert_verifies(bank)


# MARK: Names of data sets and settings


@pytest.mark.parametrize("name", ["../it", "it/..", "", ".", "it@", "it@1", "it@1.0.0.0", "IT", "i t", "it\n", "x" * 300, "-it"])
def test_a_name_that_is_none_is_wrong_usage(name: str, bank: Bank) -> None:
    done = attempt(bank, "ingest", "pd", SAMPLES / "pd-gif", f"--as={name}")
    assert done.returncode == USAGE, f"exit {done.returncode}\n{done.stderr}"
    assert_holds_nothing(bank)


@pytest.mark.parametrize(
    "setting",
    ["size=1x1000000000", "size=-1x5", "crop=0:0:1x99999999999999999999", "stride=0", "stride=-1", "time=..", "time=9..1",
     "nothing=1", "size", "=", "size=\x1b[2J", "variant=../x"],
)
def test_a_setting_that_makes_no_sense_is_wrong_usage(setting: str, bank: Bank) -> None:
    done = attempt(bank, "ingest", "pd", SAMPLES / "pd-gif", "--as", "it", "--set", setting)
    assert done.returncode in REFUSED_OR_USAGE or setting == "time=..", f"exit {done.returncode}\n{done.stderr}"
    if done.returncode != DONE:
        assert_holds_nothing(bank)


def test_the_staging_of_refused_input_is_given_up_by_gc(bank: Bank, tmp_path: Path) -> None:
    folder = copied("pd-gif", tmp_path)
    path = folder / "U5_Pos_1_Deg_180.gif"
    path.write_bytes(path.read_bytes()[:-3000])
    ingest(bank, "pd", folder)
    assert attempt(bank, "gc").returncode == DONE
    assert_staging_is_empty(bank)
