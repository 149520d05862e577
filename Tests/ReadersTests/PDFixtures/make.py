"""Makes the small HDF5 files beside this script with h5py: ST-GasNet arrays and MCVD shards, sound and not. Run it in this folder."""

import h5py
import numpy


def gasnet(name: str, frames: int, clips: list[tuple[int, int, int, int]], channels: int = 1) -> None:
    cells = numpy.arange(frames * channels * 3 * 4, dtype="<f4").reshape(frames, channels, 3, 4)
    with h5py.File(name, "w") as file:
        file.create_dataset("input_raw_data", data=cells, chunks=(7, 1, 3, 4), compression="gzip")
        pairs = numpy.array([[(a, b) for a, b, _, _ in clips], [(c, d) for _, _, c, d in clips]], "<i4")
        file.create_dataset("clips", data=pairs.reshape(2, len(clips), 2))


def shard(name: str, length: int, frames: list[str], person: int = 7, target: int = 3, shape=(4, 5), kind="uint8") -> None:
    with h5py.File(name, "w") as file:
        file["len/0"] = length
        file["person/0"] = numpy.uint8(person)
        file["target/0"] = numpy.uint8(target)
        for index, frame in enumerate(frames):
            file.create_dataset(f"0/{frame}", data=numpy.full(shape, index, kind), compression="lzf")


gasnet("sound.h5", 100, [(0, 5, 5, 15), (30, 5, 35, 15), (80, 5, 85, 15)], channels=4)
gasnet("odd.h5", 60, [(0, 5, 5, 15)])
gasnet("crossing.h5", 100, [(40, 5, 45, 15)])
gasnet("outside.h5", 50, [(40, 5, 45, 15)])
gasnet("negative.h5", 50, [(-1, 5, 4, 15)])
shard("good.hdf5", 3, ["0", "1", "2"])
shard("short.hdf5", 4, ["0", "1", "2"])
shard("hole.hdf5", 3, ["0", "1", "3"])
shard("person.hdf5", 1, ["0"], person=26)
shard("target.hdf5", 1, ["0"], target=6)
shard("float.hdf5", 1, ["0"], kind="float32")
shard("huge.hdf5", 2**40, ["0"])
