"""The mini-batches of a data set, one after the other. StreamOrder.md says exactly which."""

import os
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import plan as plans
from . import shard
from .bank import find_bank
from .buffers import BatchMemory, BufferPool
from .errors import StbankError
from .native import Library, NativeBackend
from .numpy_backend import NumpyBackend


@dataclass(frozen=True)
class Batch:
    """One batch of one process; b = batch_size / world samples.

    inputs: float32 (b, T, C, H, W), targets: float32 (b, K, C, H, W). valid: bool (b), False for samples that fill up the
    last batch and are not to be counted. windows, sequences, first_frames: int64 (b), number of the window, of its
    sequence in the data set, and of its first frame in the sequence. copies: int64 (b), 0 for an original, else the number
    of the copy (`copies="appended"`); with `copies="parallel"` 0, and inputs are (b, 1 + N, T, C, H, W), original first.
    input_mask, target_mask: bool as inputs and targets,
    True where an element is not missing; None where masks were not asked for. Memory is used again once nobody holds
    the batch or an array of it.
    """

    inputs: np.ndarray
    targets: np.ndarray
    valid: np.ndarray
    windows: np.ndarray
    sequences: np.ndarray
    first_frames: np.ndarray
    copies: np.ndarray
    input_mask: np.ndarray | None
    target_mask: np.ndarray | None
    epoch: int
    step: int
    state: dict[str, Any]
    """Where a stream goes on after this batch."""

    @classmethod
    def of(cls, memory: BatchMemory, epoch: int, step: int, state: dict[str, Any]) -> "Batch":
        masks = [None if mask is None else mask.view(bool) for mask in (memory.input_mask, memory.target_mask)]
        return cls(
            memory.inputs, memory.targets, memory.valid.view(bool), memory.windows, memory.sequences,
            memory.first_frames, memory.copies, *masks, epoch, step, state,
        )  # fmt: skip


class Stream:
    """Iterates over the batches from where it stands to the end of `epochs`; `batch(epoch, step)` gives any one.

        stream = stbank.open("sevir", bank="bank", split="train", batch_size=8, normalise="standard")
        for batch in stream:
            train(batch.inputs, batch.targets)

    dataset: `name`, `name@1.0.0` or `name@1.0.0#9f3c21a`. bank: its folder, else $STBANK_HOME, else ./bank.
    plan: a dict of the keys of StreamOrder.md; they may be given as keywords too. rank, world: else from RANK and
    WORLD_SIZE, SLURM_* or OMPI_*. state: where to go on, as `state_dict` or `Batch.state` gave it. epochs: the last epoch
    is epochs - 1, counted from the very first; None for ever on. backend: "native" (libstbank), "numpy", or "auto":
    native where the library is found. threads: that fill a batch (native only). masks: mark missing elements.
    """

    def __init__(
        self, dataset: str, bank: str | os.PathLike | None = None, plan: dict[str, Any] | None = None, *,
        rank: int | None = None, world: int | None = None, state: dict[str, Any] | None = None,
        epochs: int | None = 1, backend: str = "auto", threads: int | None = None, masks: bool = False, **keys: Any,
    ) -> None:  # fmt: skip
        unknown = sorted(set(keys) - plans.KEYS)
        if unknown:
            raise StbankError("usage", f"there is no `{unknown[0]}`", dataset, f"a plan has {', '.join(sorted(plans.KEYS))}")
        self.rank, self.world = shard.find(rank, world)
        self.epochs, self.masks = epochs, masks
        self.threads = threads or min(2, len(os.sched_getaffinity(0)))
        self._bank, self._request = str(find_bank(bank)), (plan or {}) | keys
        self._open(dataset, backend)
        self.epoch = self.step = 0
        if state is not None:
            self.load_state_dict(state)

    def _open(self, dataset: str, backend: str) -> None:
        self._backend = _backend(backend)(self._bank, dataset, self._request)
        description = self._backend.description
        try:
            self._slots = shard.share(self._backend.plan["batch_size"], self.world)
        except StbankError as error:
            raise error.of(self.id) from None
        self._shapes = tuple(description["inputs"]), tuple(description["targets"])
        self._pool = BufferPool(self._slots, *self._shapes, self.masks)

    @property
    def backend(self) -> str:
        """The one in use: "native" or "numpy"."""
        return self._backend.name

    @property
    def id(self) -> str:
        """The data set, pinned: `name@1.0.0#9f3c21a`."""
        return self._backend.description["dataset"]["id"]

    @property
    def plan(self) -> dict[str, Any]:
        """With all defaults."""
        return dict(self._backend.plan)

    @property
    def windows(self) -> int:
        """Windows of an epoch, of all processes."""
        return self._backend.windows

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        return self._backend.steps

    @property
    def input_shape(self) -> tuple[int, ...]:
        """(T, C, H, W); (1 + N, T, C, H, W) with `copies="parallel"`."""
        return self._shapes[0]

    @property
    def target_shape(self) -> tuple[int, ...]:
        """(K, C, H, W)."""
        return self._shapes[1]

    def __repr__(self) -> str:
        return (
            f"<stbank.Stream {self.id} {self.plan['split']}: {self.windows} windows, {self.steps} steps of "
            f"{self.plan['batch_size']}, rank {self.rank} of {self.world}, {self.backend} backend>"
        )

    def batch(self, epoch: int, step: int) -> Batch:
        """The batch of a step; changes nothing."""
        memory = self._pool.take()
        self._backend.fill(epoch, step, self.rank, self.world, self.threads, memory)
        return Batch.of(memory, epoch, step, self.state_of(*self.after(epoch, step)))

    def after(self, epoch: int, step: int, steps: int = 1) -> tuple[int, int]:
        """Epoch and step that come `steps` steps after one."""
        return epoch + (step + steps) // self.steps, (step + steps) % self.steps

    def __iter__(self) -> "Stream":
        return self

    def __next__(self) -> Batch:
        if self.epochs is not None and self.epoch >= self.epochs:
            raise StopIteration
        batch = self.batch(self.epoch, self.step)
        self.epoch, self.step = self.after(self.epoch, self.step)
        return batch

    def state_of(self, epoch: int, step: int) -> dict[str, Any]:
        """The state of a stream whose next batch is that of a step."""
        description = self._backend.description
        return {
            "dataset": description["dataset"]["digest"],
            "plan": description["plan_digest"],
            "windows": self.windows,
            "epoch": epoch,
            "step": step,
        }

    def state_dict(self) -> dict[str, Any]:
        """Where the stream stands: plain numbers and texts, good for any world that divides the batch."""
        return self.state_of(self.epoch, self.step)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from a state; refuses that of another data set or plan."""
        own = self.state_of(0, 0)
        if not isinstance(state, dict) or not set(own) <= set(state):
            raise StbankError("usage", "is no state of a stream", self.id, f"it has {', '.join(own)}")
        if state["dataset"] != own["dataset"]:
            what = f"the state is of data set #{state['dataset'][:7]}, this is #{own['dataset'][:7]}"
            raise StbankError("usage", what, self.id, "name the data set with which the stream began")
        if (state["plan"], state["windows"]) != (own["plan"], own["windows"]):
            what = f"the state is of another plan ({state['plan']}, here {own['plan']})"
            raise StbankError("usage", what, self.id, "give the plan as it was")
        epoch, step = state["epoch"], state["step"]
        if epoch < 0 or not 0 <= step < self.steps:
            raise StbankError("usage", f"the state's step {step} is not in an epoch", self.id, f"there are {self.steps}")
        self.epoch, self.step = epoch, step

    def __getstate__(self) -> dict[str, Any]:
        kept = {key: value for key, value in self.__dict__.items() if key not in ("_backend", "_pool")}
        # The content, not the name: a new version meanwhile is another data set.
        name, _, _ = self.id.partition("#")
        return kept | {"_dataset": f"{name}#{self._backend.description['dataset']['digest']}", "_kind": self.backend}

    def __setstate__(self, state: dict[str, Any]) -> None:
        dataset, kind = state.pop("_dataset"), state.pop("_kind")
        self.__dict__.update(state)
        self._open(dataset, kind)


def _backend(choice: str) -> type[NativeBackend] | type[NumpyBackend]:
    if choice not in ("auto", "native", "numpy"):
        raise StbankError("usage", f"backend is {choice!r}", remedy="it takes auto, native or numpy")
    if choice == "numpy":
        return NumpyBackend
    try:
        Library.load()
    except StbankError as error:
        if choice == "native" or error.code != "not found":
            raise
        warnings.warn(f"stbank reads with NumPy, which is slower: {error}", stacklevel=4)
        return NumpyBackend
    return NativeBackend
