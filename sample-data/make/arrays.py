"""Plain arrays: npy, npz, MATLAB 5 and 7.3, HDF5, and the file that NuwaDynamics reads."""

import struct
from pathlib import Path

import h5py
import numpy as np
from numpy.random import default_rng
from scipy.io import savemat

from fields import texture

HEADER = "MATLAB {} MAT-file, Platform: GLNXA64, Created on: Wed Jan  1 00:00:00 2020"


def waves(seed: int, samples: int, frames: int, size: int) -> np.ndarray:
    """(sample, frame, row, column) float32, mean 0, deviation 1."""
    rng = default_rng(seed)
    return np.stack(
        [texture(rng, frames, size, size, tuple(rng.normal(0, 0.7, 2)), 0.05, 2) for _ in range(samples)]
    ).astype(np.float32)


def main(folder: Path) -> None:
    np.save(folder / "waves.npy", waves(1, 10, 20, 24)[:, :, None])


def npz(folder: Path) -> None:
    values = waves(2, 4, 12, 16)
    np.savez_compressed(folder / "waves.npz", u=values, mean=values.mean(axis=(2, 3)))


def mat5(folder: Path) -> None:
    """Columns first, as MATLAB keeps arrays: `u` (row, column, frame)."""
    path = folder / "waves.mat"
    savemat(path, {"u": np.moveaxis(waves(3, 1, 15, 24)[0].astype(float), 0, -1), "dt": 0.1}, do_compression=True)
    content = path.read_bytes()
    path.write_bytes(HEADER.format("5.0").ljust(116).encode() + content[116:])


def hdf5_mat(path: Path, **variables: np.ndarray) -> None:
    """MATLAB 7.3: HDF5 behind a block of 512 bytes; axes lie the other way round in the file."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, value in variables.items():
            stored = np.ascontiguousarray(value.T)
            data = file.create_dataset(name, data=stored, chunks=stored.shape, compression="gzip", compression_opts=3)
            data.attrs["MATLAB_class"] = np.bytes_("double" if value.dtype == np.float64 else "single")
    block = (
        (HEADER.format("7.3") + " HDF5 schema 1.00 .").ljust(116).encode()
        + bytes(8)
        + struct.pack("<H", 0x0200)
        + b"IM"
    )
    with path.open("r+b") as file:
        file.write(block)


def mat73(folder: Path) -> None:
    hdf5_mat(folder / "waves.mat", u=np.moveaxis(waves(4, 1, 15, 24)[0].astype(float), 0, -1))


def nuwa(folder: Path) -> None:
    """`u` (sample, row, column, frame)."""
    path = folder / "ns_data.mat"
    savemat(path, {"u": np.moveaxis(waves(5, 3, 20, 32), 1, -1)}, do_compression=True)
    content = path.read_bytes()
    path.write_bytes(HEADER.format("5.0").ljust(116).encode() + content[116:])


def hdf5(folder: Path) -> None:
    """A plain array in a group, whole numbers, many chunks with partial ones at the edges."""
    values = np.round(1000 * waves(6, 3, 10, 24)).astype(np.int16)[:, :, None]
    with h5py.File(folder / "waves.h5", "w") as file:
        options = dict(chunks=(2, 3, 1, 10, 10), compression="gzip", shuffle=True, maxshape=(None, *values.shape[1:]))
        file.create_dataset("simulation/u", data=values, **options)


VARIANTS = {
    "array": main,
    "array-npz": npz,
    "array-mat5": mat5,
    "array-mat73": mat73,
    "array-nuwa": nuwa,
    "array-hdf5": hdf5,
}
