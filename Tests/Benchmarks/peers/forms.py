"""One array of frames in the form that each peer likes best."""

import io
import os
import subprocess
import tarfile

import numpy

FRAMES, SIDE, WINDOW = 40, 128, 20


def make(folder, megabytes, dtype, stbank):
    """Frames (N, T, C, H, W) of `dtype`, windows of 20 frames that do not overlap, in every form. Returns nothing; quick when they are there."""
    done = f"{folder}/done-{dtype}-{megabytes}"
    if os.path.exists(done):
        return
    os.makedirs(folder, exist_ok=True)
    dtype = numpy.dtype(dtype)
    frames = waves((megabytes << 20) // (dtype.itemsize * SIDE * SIDE * FRAMES), dtype)
    numpy.save(f"{folder}/frames.npy", frames)
    for form in (hdf5, netcdf, zarr3, mds, tars):
        form(folder, frames)
    subprocess.run(
        [stbank, "ingest", "array", f"{folder}/frames.npy", "--as", "frames", "--set", "axes=NTCHW",
         "--split", "train", "--bank", f"{folder}/bank", "--quiet"],
        check=True, stdout=subprocess.DEVNULL)
    open(done, "w").close()
    os.sync()  # what is written back later would slow the first turns


def waves(count, dtype):
    random = numpy.random.default_rng(7)
    row, column = numpy.meshgrid(numpy.arange(SIDE), numpy.arange(SIDE), indexing="ij")
    middle = 128 if dtype == numpy.uint8 else 0
    frames = numpy.empty((count, FRAMES, 1, SIDE, SIDE), dtype)
    for n in range(count):
        for t in range(FRAMES):
            frames[n, t, 0] = numpy.round(middle + 120 * numpy.sin(row / 9 + n) * numpy.cos(column / 11 + t / 5))
    frames += random.integers(0, 4, frames.shape, dtype=numpy.uint8)
    return frames


def windows(frames):
    return frames.reshape(-1, WINDOW, *frames.shape[2:])


def hdf5(folder, frames):
    import h5py

    with h5py.File(f"{folder}/frames.h5", "w", libver="latest") as file:
        file["frames"] = windows(frames)


def netcdf(folder, frames):
    import xarray

    whole = xarray.DataArray(windows(frames), dims=("window", "time", "channel", "y", "x"), name="frames")
    whole.to_netcdf(f"{folder}/frames.nc")


def zarr3(folder, frames):
    import zarr

    cut = windows(frames)
    array = zarr.create_array(
        store=f"{folder}/frames.zarr", shape=cut.shape, chunks=(1, *cut.shape[1:]), dtype=cut.dtype,
        compressors=None, overwrite=True)
    array[:] = cut


def mds(folder, frames):
    from streaming import MDSWriter

    shape = ",".join(map(str, windows(frames).shape[1:]))
    with MDSWriter(out=f"{folder}/mds", columns={"frames": f"ndarray:{frames.dtype}:{shape}"}, exist_ok=True) as out:
        for window in windows(frames):
            out.write({"frames": window})


def tars(folder, frames):
    cut = windows(frames)
    os.makedirs(f"{folder}/tars", exist_ok=True)
    per_tar = 50
    for first in range(0, len(cut), per_tar):
        with tarfile.open(f"{folder}/tars/{first // per_tar:05}.tar", "w") as tar:
            for index in range(first, min(first + per_tar, len(cut))):
                room = io.BytesIO()
                numpy.save(room, cut[index])
                entry = tarfile.TarInfo(f"{index:08}.npy")
                entry.size = room.tell()
                room.seek(0)
                tar.addfile(entry, room)
