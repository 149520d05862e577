"""The same batches for PyTorch.

    dataset = stbank.torch.BatchDataset("sevir", bank="bank", batch_size=8)
    for epoch in range(10):
        dataset.set_epoch(epoch)
        for batch in stbank.torch.loader(dataset, num_workers=2):
            loss = train(batch["inputs"], batch["targets"])
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from .errors import StbankError
from .stream import Batch, Stream

try:
    import torch
    from torch.utils.data import DataLoader, IterableDataset, get_worker_info
except ImportError as error:
    raise StbankError("usage", f"PyTorch cannot be imported: {error}", remedy="pip install torch") from None


class BatchDataset(IterableDataset):
    """Whole batches as dicts of tensors, in the order of `Stream`; takes what `Stream` takes.

    A batch holds inputs, targets (float32), valid (bool), windows, sequences, first_frames (int64), input_mask and
    target_mask where masks were asked for, and epoch and step.

    Give it to `loader`, or to a DataLoader with `batch_size=None`. Workers share the steps, so that the loader serves the
    single order whatever their number. One iteration serves the rest of the epoch that `set_epoch` or `load_state_dict`
    named; with `epochs=n` it goes on to the end of epoch n - 1.
    """

    def __init__(self, dataset: str, *arguments: Any, epochs: int | None = None, **options: Any) -> None:
        self._stream = Stream(dataset, *arguments, epochs=epochs, **options)
        self._epochs = epochs
        self._worker: tuple[int, int] | None = None
        # Epoch, step, and whether workers read: in shared memory, so that workers that live on see `set_epoch`.
        self._place = torch.tensor([self._stream.epoch, self._stream.step, 0]).share_memory_()

    @property
    def stream(self) -> Stream:
        """Which says id, plan, windows, steps, backend."""
        return self._stream

    def __len__(self) -> int:
        """Steps of one iteration from the beginning."""
        return self._stream.steps * (self._epochs or 1)

    def set_epoch(self, epoch: int) -> None:
        """The next iteration serves this epoch, from its beginning unless a state in the middle of it was loaded."""
        if epoch != int(self._place[0]):
            self._set(epoch, 0)

    def state_dict(self) -> dict[str, Any]:
        """Where the next batch comes from: in the process that iterates. With workers take `state_after(batch)`."""
        info = get_worker_info()
        if info is None and int(self._place[2]):
            raise StbankError(
                "usage", "workers read ahead, so the data set does not know what was used", self._stream.id,
                "take state_after(batch) of the last batch used",
            )  # fmt: skip
        if info is None or self._worker is None:
            return self._stream._state(int(self._place[0]), int(self._place[1]))
        state = self._stream._state(self._stream.epoch, self._stream.step)
        return state | {"worker": info.id, "workers": info.num_workers}

    def state_after(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Where to go on after a batch, whoever read it."""
        return self._stream._state(*self._stream.after(int(batch["epoch"]), int(batch["step"])))

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from a state of `state_dict`, `state_after` or a `Stream`.

        A state that was taken inside of a worker goes back to the worker of the same number.
        """
        self._stream.load_state_dict(state)
        self._worker = (state["worker"], state["workers"]) if "workers" in state else None
        self._set(self._stream.epoch, self._stream.step)

    def _set(self, epoch: int, step: int) -> None:
        self._place[0], self._place[1], self._place[2] = epoch, step, 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        info = get_worker_info()
        stream = self._stream
        first = int(self._place[0]), int(self._place[1])
        end = first[0] + 1 if self._epochs is None else self._epochs
        stride = 1
        if info is not None:
            self._place[2] = 1
            stride = info.num_workers
            first = self._start_of_worker(info.id, stride, first)
        stream.epoch, stream.step = first
        while stream.epoch < end:
            batch = stream.batch(stream.epoch, stream.step)
            stream.epoch, stream.step = stream.after(stream.epoch, stream.step, stride)
            if info is None:
                self._set(stream.epoch, stream.step)
            yield _tensors(batch)

    def _start_of_worker(self, id: int, workers: int, first: tuple[int, int]) -> tuple[int, int]:
        """Worker w of n takes every n-th step from the w-th on, as a DataLoader asks them in turn."""
        if self._worker is None:
            self._worker = id, workers
            return self._stream.after(*first, id)
        if self._worker == (id, workers):
            self._worker = None
            return self._stream.epoch, self._stream.step
        raise StbankError(
            "usage", f"the state is of worker {self._worker[0]} of {self._worker[1]}, this is {id} of {workers}",
            self._stream.id, "take as many workers as before, or a state of state_after",
        )  # fmt: skip


def _tensors(batch: Batch) -> dict[str, Any]:
    arrays = {
        name: getattr(batch, name)
        for name in ("inputs", "targets", "valid", "windows", "sequences", "first_frames", "input_mask", "target_mask")
    }
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items() if isinstance(array, np.ndarray)}
    return tensors | {"epoch": batch.epoch, "step": batch.step}


def loader(dataset: BatchDataset, **options: Any) -> DataLoader:
    """A DataLoader that leaves batches as they are; takes its options but batch_size, shuffle and sampler."""
    return DataLoader(dataset, batch_size=None, **options)
