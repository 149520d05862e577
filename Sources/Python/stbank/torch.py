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

    A batch holds inputs, targets (float32), valid (bool), windows, sequences, first_frames, copies (int64), input_mask and
    target_mask (bool) where masks were asked for, and epoch and step.

    Give it to `loader`, or to a DataLoader with `batch_size=None`. Workers share the steps, so that the loader serves the
    single order whatever their number. One iteration serves the rest of the epoch that `set_epoch` or `load_state_dict`
    named; with `epochs=n` it goes on to the end of epoch n - 1.
    """

    def __init__(self, dataset: str, *arguments: Any, epochs: int | None = None, **options: Any) -> None:
        self._stream = Stream(dataset, *arguments, epochs=epochs, **options)
        self._epochs = epochs
        self._shared = Place(self._stream.epoch, self._stream.step)
        # Of a worker: the state that it goes on from, and the iteration it served last.
        self._resumed: dict[str, Any] | None = None
        self._served = -1
        self._end = 0

    @property
    def stream(self) -> Stream:
        """Which says id, plan, windows, steps, backend."""
        return self._stream

    def __len__(self) -> int:
        """Steps of one iteration from the beginning."""
        return self._stream.steps * (self._epochs or 1)

    def set_epoch(self, epoch: int) -> None:
        """The next iteration serves this epoch, from its beginning unless the data set stands in the middle of it.

        To be called before each iteration, as that of torch's DistributedSampler.
        """
        place = self._shared.place
        self._shared.set(*(place if place[0] == epoch else (epoch, 0)))

    def state_dict(self) -> dict[str, Any]:
        """Where the next batch comes from: in the process that iterates. With workers take `state_after(batch)`."""
        info = get_worker_info()
        if info is None:
            if self._shared.has_workers:
                raise StbankError(
                    "usage", "workers read ahead, so the data set does not know what was used", self._stream.id,
                    "take state_after(batch) of the last batch used",
                )  # fmt: skip
            return self._stream.state_of(*self._shared.place)
        state = self._stream.state_of(self._stream.epoch, self._stream.step)
        return state | {"worker": info.id, "workers": info.num_workers, "end": self._end}

    def state_after(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Where to go on after a batch, whoever read it."""
        return self._stream.state_of(*self._stream.after(int(batch["epoch"]), int(batch["step"])))

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from a state of `state_dict`, `state_after` or a `Stream`.

        A state that was taken inside of a worker goes back to the worker of the same number.
        """
        self._stream.load_state_dict(state)
        if "workers" in state:
            self._resumed = dict(state)
        else:
            self._shared.set(self._stream.epoch, self._stream.step)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        # Begun here, not at the first batch: a worker may be asked for its state before it has served one.
        info = get_worker_info()
        begin = self._shared.place
        self._end = begin[0] + 1 if self._epochs is None else self._epochs
        if info is not None:
            try:
                begin = self._begin_of_worker(info, begin)
            except StbankError as error:
                return _refusing(error)
        self._stream.epoch, self._stream.step = begin
        return self._batches(info)

    def _batches(self, info: Any) -> Iterator[dict[str, Any]]:
        stream = self._stream
        while stream.epoch < self._end:
            batch = stream.batch(stream.epoch, stream.step)
            # Worker w of n takes every n-th step from the w-th on, as a DataLoader asks them in turn.
            stream.epoch, stream.step = stream.after(stream.epoch, stream.step, 1 if info is None else info.num_workers)
            if info is None:
                self._shared.set(stream.epoch, stream.step)
            yield _tensors(batch)

    def _begin_of_worker(self, info: Any, begin: tuple[int, int]) -> tuple[int, int]:
        if not self._shared.enter(info.seed - info.id, self._served):
            raise StbankError(
                "usage", f"epoch {begin[0]} was served already", self._stream.id, "call set_epoch before each iteration"
            )
        self._served = self._shared.iteration
        state, self._resumed = self._resumed, None
        if state is None:
            return self._stream.after(*begin, info.id)
        if (state["worker"], state["workers"]) != (info.id, info.num_workers):
            raise StbankError(
                "usage",
                f"the state is of worker {state['worker']} of {state['workers']}, this is {info.id} of {info.num_workers}",
                self._stream.id, "take as many workers as before, or a state of state_after",
            )  # fmt: skip
        self._end = state["end"]
        return state["epoch"], state["step"]


def _refusing(error: StbankError) -> Iterator[dict[str, Any]]:
    """Raises at the first batch: a worker that lives on would die of an error before, and not tell which."""
    raise error
    yield


class Place:
    """Where a data set stands, in shared memory: workers that live on see `set_epoch` too."""

    def __init__(self, epoch: int, step: int) -> None:
        # Epoch, step, number of the iteration, and what tells the DataLoader's turn whose workers serve it (0: none).
        self._numbers = torch.tensor([epoch, step, 0, 0]).share_memory_()

    @property
    def place(self) -> tuple[int, int]:
        return int(self._numbers[0]), int(self._numbers[1])

    @property
    def iteration(self) -> int:
        return int(self._numbers[2])

    @property
    def has_workers(self) -> bool:
        return bool(self._numbers[3])

    def set(self, epoch: int, step: int) -> None:
        self._numbers[0], self._numbers[1], self._numbers[3] = epoch, step, 0
        self._numbers[2] += 1

    def enter(self, turn: int, served: int) -> bool:
        """Whether a worker may serve: not where it or workers of an earlier turn served the same iteration."""
        if int(self._numbers[3]) == 0:
            self._numbers[3] = turn or 1
        return int(self._numbers[3]) == (turn or 1) and self.iteration != served


def _tensors(batch: Batch) -> dict[str, Any]:
    arrays = {
        name: getattr(batch, name)
        for name in ("inputs", "targets", "valid", "windows", "sequences", "first_frames", "copies", "input_mask", "target_mask")
    }
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items() if isinstance(array, np.ndarray)}
    return tensors | {"epoch": batch.epoch, "step": batch.step}


def loader(dataset: BatchDataset, **options: Any) -> DataLoader:
    """A DataLoader that leaves batches as they are; takes its options but batch_size, shuffle and sampler."""
    return DataLoader(dataset, batch_size=None, **options)
