"""The peer of `stbank bench ingest`: what a careful user of h5py does to keep SEVIR's frames in order and checked.

`python h5py_copy.py SOURCE TARGET`: hashes the raw file (SHA-256), reads event by event, puts time first, writes a contiguous
HDF5 dataset, takes SHA-256 of the frames and of the new file, and syncs it.
"""

import hashlib
import os
import pathlib
import sys

import h5py
import numpy as np


def file_sha256(path: pathlib.Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copy(source: pathlib.Path, target: pathlib.Path) -> None:
    file_sha256(source)
    frames = hashlib.sha256()
    with h5py.File(source) as raw, h5py.File(target, "w") as out:
        data = raw["vil"]
        count, rows, columns, times = data.shape
        new = out.create_dataset("frames", (count * times, rows, columns), data.dtype)
        for event in range(count):
            block = np.ascontiguousarray(data[event].transpose(2, 0, 1))
            frames.update(block)
            new[event * times : (event + 1) * times] = block
    with open(target, "rb") as file:
        os.fsync(file.fileno())
    file_sha256(target)


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[2])
    for number, path in enumerate(sorted(pathlib.Path(sys.argv[1]).rglob("*.h5"))):
        copy(path, folder / f"peer{number}.h5")
        (folder / f"peer{number}.h5").unlink()
