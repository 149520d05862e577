"""The peer of `stbank bench ingest`: what a careful user of h5py does to keep frames in order and checked.

`python h5py_copy.py SOURCE TARGET`: hashes the raw files (SHA-256), reads them block by block (an event of SEVIR, a chunk of
TaxiBJ, a composite of ODIM), puts time first, writes a contiguous HDF5 dataset, takes SHA-256 of the frames and of the new
file, and syncs it.
"""

import hashlib
import os
import pathlib
import sys
from collections.abc import Iterator

import h5py
import numpy as np

SUFFIXES = (".h5", ".hdf5", "-hd5")


def file_sha256(path: pathlib.Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def shape(raw: h5py.File) -> tuple[int, ...]:
    """How many frames, and the shape of each."""
    if "vil" in raw:
        count, rows, columns, times = raw["vil"].shape
        return count * times, rows, columns
    return raw["data"].shape if "data" in raw else (1, *raw["dataset1/data1/data"].shape)


def blocks(raw: h5py.File) -> Iterator[np.ndarray]:
    """The frames in order, as many at once as lie together."""
    if "vil" in raw:
        for event in raw["vil"]:
            yield np.ascontiguousarray(event.transpose(2, 0, 1))
    elif "data" in raw:
        data = raw["data"]
        for begin in range(0, len(data), data.chunks[0]):
            yield data[begin : begin + data.chunks[0]]
    else:
        yield raw["dataset1/data1/data"][()][None]


def copy(sources: list[pathlib.Path], target: pathlib.Path) -> None:
    frames, done = hashlib.sha256(), 0
    for path in sources:
        file_sha256(path)
    shapes = []
    for path in sources:
        with h5py.File(path) as raw:
            shapes.append(shape(raw))
    with h5py.File(target, "w") as out:
        for path in sources:
            with h5py.File(path) as raw:
                for block in blocks(raw):
                    if "frames" not in out:
                        out.create_dataset("frames", (sum(s[0] for s in shapes), *block.shape[1:]), block.dtype)
                    frames.update(block)
                    out["frames"][done : done + len(block)] = block
                    done += len(block)
    with open(target, "rb") as file:
        os.fsync(file.fileno())
    file_sha256(target)


if __name__ == "__main__":
    found = [path for path in sorted(pathlib.Path(sys.argv[1]).rglob("*")) if path.name.endswith(SUFFIXES)]
    target = pathlib.Path(sys.argv[2]) / "peer.h5"
    copy([path for path in found if "Meteorology" not in path.name], target)
    target.unlink()
