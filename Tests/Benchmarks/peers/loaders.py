"""The loaders that are compared. Each is a function (folder, workers) -> a callable that gives one shuffled epoch of batches:
pairs of float32 torch tensors (B, 10, 1, H, W), of every window once. Frames stored as uint8 come out as x / 255, as for a network.

Tuned as their own documentation says: files opened once a worker, no compression, one sample a chunk, persistent workers, prefetching;
bytes stay bytes until the batch is stacked, and become floats in one pass.
"""

import glob

import numpy
import torch
from torch.utils.data import DataLoader, Dataset, default_collate

from forms import WINDOW

BATCH, HALF = 16, WINDOW // 2


def floats(batch):
    return batch if batch.dtype == torch.float32 else torch.mul(batch, 1 / 255)


def collated(samples):
    return tuple(floats(part) for part in default_collate(samples))


def halves(batch):
    batch = floats(batch)
    return batch[:, :HALF], batch[:, HALF:]


def torch_loader(dataset, workers, shuffle=True, **more):
    if workers:
        more |= {"persistent_workers": True, "prefetch_factor": 4}
    return DataLoader(dataset, batch_size=BATCH, shuffle=shuffle, num_workers=workers, collate_fn=collated, **more)


class Windows(Dataset):
    """Windows of an array that each worker opens for itself."""

    def __init__(self, opened, folder):
        self.opened, self.folder, self.array = opened, folder, None
        self.count = opened(folder).shape[0]

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        if self.array is None:
            self.array = self.opened(self.folder)
        window = torch.from_numpy(numpy.asarray(self.array[index]))
        return window[:HALF], window[HALF:]


def mapped(folder):
    frames = numpy.load(f"{folder}/frames.npy", mmap_mode="c")
    return frames.reshape(-1, WINDOW, *frames.shape[2:])


def opened_hdf5(folder):
    import h5py

    return h5py.File(f"{folder}/frames.h5")["frames"]


def opened_zarr(folder):
    import zarr

    return zarr.open_array(f"{folder}/frames.zarr", mode="r")


def memmap(folder, workers):
    loader = torch_loader(Windows(mapped, folder), workers)
    return lambda epoch: loader


def h5py(folder, workers):
    loader = torch_loader(Windows(opened_hdf5, folder), workers)
    return lambda epoch: loader


def zarr3(folder, workers):
    # zarr 3 has a thread of its own, which a fork loses.
    loader = torch_loader(Windows(opened_zarr, folder), workers, multiprocessing_context="spawn" if workers else None)
    return lambda epoch: loader


def xbatcher(folder, workers):
    import xarray
    from xbatcher import BatchGenerator

    whole = xarray.open_dataarray(f"{folder}/frames.nc", engine="netcdf4", cache=False)
    batches = BatchGenerator(whole, dict(whole.sizes) | {"window": BATCH})

    def epoch(number):
        # xbatcher shuffles nothing: batches of neighbours, in another order each epoch.
        for index in numpy.random.default_rng(number).permutation(len(batches)):
            yield halves(torch.from_numpy(batches[int(index)].values))
        rest = len(whole) % BATCH
        if rest:
            yield halves(torch.from_numpy(whole[-rest:].values))

    return epoch


def mosaicml(folder, workers):
    from streaming import StreamingDataLoader, StreamingDataset

    class Halves(StreamingDataset):
        def __getitem__(self, index):
            window = torch.from_numpy(super().__getitem__(index)["frames"].copy())
            return window[:HALF], window[HALF:]

    dataset = Halves(local=f"{folder}/mds", shuffle=True, batch_size=BATCH)
    more = {"persistent_workers": True, "prefetch_factor": 4} if workers else {}
    loader = StreamingDataLoader(dataset, batch_size=BATCH, num_workers=workers, collate_fn=collated, **more)
    return lambda epoch: loader


def webdataset(folder, workers):
    import webdataset

    def parts(sample):
        window = torch.from_numpy(sample["npy"])
        return window[:HALF], window[HALF:]

    tars = sorted(glob.glob(f"{folder}/tars/*.tar"))
    dataset = (webdataset.WebDataset(tars, shardshuffle=len(tars), workersplitter=webdataset.split_by_worker)
               .shuffle(200).decode().map(parts).batched(BATCH, collation_fn=collated))
    more = {"persistent_workers": True, "prefetch_factor": 4} if workers else {}
    loader = webdataset.WebLoader(dataset, batch_size=None, num_workers=workers, **more)
    return lambda epoch: loader


def grain(folder, workers):
    import grain

    windows = mapped(folder)

    class Source(grain.sources.RandomAccessDataSource):
        def __len__(self):
            return len(windows)

        def __getitem__(self, index):
            return windows[index]

    options = grain.ReadOptions(num_threads=max(1, workers), prefetch_buffer_size=64)

    def epoch(number):
        data = grain.MapDataset.source(Source()).shuffle(seed=number).to_iter_dataset(options).batch(BATCH)
        for batch in data:
            yield halves(torch.from_numpy(batch))

    return epoch


def stbank_options(folder):
    stored = numpy.load(f"{folder}/frames.npy", mmap_mode="r").dtype
    return {"bank": f"{folder}/bank", "batch_size": BATCH, "input_frames": HALF, "target_frames": HALF, "stride": WINDOW,
            "normalise": f"affine:{1 / 255},0" if stored == numpy.uint8 else "none"}


def stbank_stream(folder, backend, threads):
    import stbank

    stream = stbank.open("frames", **stbank_options(folder), backend=backend, threads=threads, epochs=None)

    def epoch(number):
        stream.epoch, stream.step = number, 0
        for _ in range(stream.steps):
            batch = next(stream)
            count = int(batch.valid.sum())
            yield torch.from_numpy(batch.inputs)[:count], torch.from_numpy(batch.targets)[:count]

    return epoch


def stbank(folder, workers):
    return stbank_stream(folder, "native", workers)


def stbank_numpy(folder, workers):
    return stbank_stream(folder, "numpy", 1)


def stbank_dataloader(folder, workers):
    import stbank.torch

    dataset = stbank.torch.BatchDataset("frames", **stbank_options(folder), backend="native", threads=max(1, workers))
    # The library's threads fill the batch: worker processes would only copy it once more.
    loader = stbank.torch.loader(dataset)

    def epoch(number):
        dataset.set_epoch(number)
        for batch in loader:
            count = int(batch["valid"].sum())
            yield batch["inputs"][:count], batch["targets"][:count]

    return epoch


def memcpy(folder, workers):
    """The limit: one thread copies the same windows, as the floats they come out as, from warm anonymous memory into one warm batch."""
    frames = floats(torch.from_numpy(numpy.load(f"{folder}/frames.npy"))).numpy()
    windows = frames.reshape(-1, WINDOW, *frames.shape[2:])
    batch = numpy.zeros((BATCH, *windows.shape[1:]), numpy.float32)

    def epoch(number):
        order = numpy.random.default_rng(number).permutation(len(windows))
        for first in range(0, len(order), BATCH):
            some = order[first : first + BATCH]
            for slot, index in enumerate(some):
                batch[slot] = windows[index]
            whole = torch.from_numpy(batch[: len(some)])
            yield whole[:, :HALF], whole[:, HALF:]

    return epoch
