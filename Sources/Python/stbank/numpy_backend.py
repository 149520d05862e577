"""Batches with NumPy alone: slower than the library, the same batches."""

from functools import cached_property
from typing import Any

import numpy as np

from . import plan as plans
from . import shard
from .bank import Bank, Dataset
from .buffers import BatchMemory
from .errors import StbankError
from .keyed import CROP, bits, unit
from .order import epoch_order
from .payload import PayloadFile
from .pieces import PieceTable
from .values import ValueLayout
from .windows import Window, WindowTable, no_window


class NumpyBackend:
    """Any batch of any epoch: a function of epoch, step, rank and world."""

    name = "numpy"

    def __init__(self, bank: str, dataset: str, request: dict[str, Any]) -> None:
        self._dataset = Dataset(dataset, Bank(bank))
        try:
            self._open(request)
        except StbankError as error:
            raise error.of(self._dataset.id) from None

    def _open(self, request: dict[str, Any]) -> None:
        dataset = self._dataset
        self.plan = plan = plans.resolve(request, dataset)
        if dataset.identity["kind"] != "frames":
            raise StbankError("usage", f"holds {dataset.identity['kind']}, not frames", dataset.id, "name its parent")
        names = [field["name"] for field in dataset.fields]
        self._fields = [names.index(plan[key]) for key in ("input_field", "target_field")]
        self._pieces = {field: PieceTable(dataset, field) for field in self._fields}
        self._windows = WindowTable(dataset, plan, self._pieces)
        self.windows = self._windows.count
        if self.windows == 0:
            raise no_window(dataset, plan)
        self.steps = self.windows // plan["batch_size"] if plan["drop_last"] else -(-self.windows // plan["batch_size"])
        if self.steps == 0:
            what = f"has {self.windows} windows, fewer than a batch of {plan['batch_size']}"
            raise StbankError("usage", what, dataset.id, "keep the last batch, or take a smaller one")
        self._layouts = {field: ValueLayout(dataset, field, plan) for field in self._fields}
        self._check_grids()
        payload = dataset.record["payload"]
        self._files = {n: PayloadFile(dataset, n) for n, file in enumerate(payload) if file["field"] in self._fields}
        self._last_order: tuple[int, Any] | None = None

    def _check_grids(self) -> None:
        own, other = (self._dataset.fields[field] for field in self._fields)
        if self.plan["crop"] and (own["rows"], own["columns"]) != (other["rows"], other["columns"]):
            what = f"`{own['name']}` and `{other['name']}` have different grids, so a crop cannot be taken from both"
            raise StbankError("usage", what, self._dataset.id, "ingest them cropped")

    @cached_property
    def description(self) -> dict[str, Any]:
        """What `stbank_describe` says."""
        shapes = []
        for field, frames in zip(self._fields, ("input_frames", "target_frames")):
            layout = self._layouts[field]
            shapes.append([self.plan[frames], layout.channels, layout.rows, layout.columns])
        return {
            "copies": 0,
            "dataset": {"digest": self._dataset.digest, "id": self._dataset.name},
            "inputs": shapes[0],
            "plan": self.plan,
            "plan_digest": plans.digest(self.plan),
            "steps": self.steps,
            "targets": shapes[1],
            "windows": self.windows,
        }

    def windows_at(self, epoch: int, places: np.ndarray) -> np.ndarray:
        """Numbers of the windows that stand at places of an epoch."""
        if not self._last_order or self._last_order[0] != epoch:
            self._last_order = epoch, epoch_order(self.plan, self.windows, epoch)
        return self._last_order[1].windows_at(np.asarray(places, np.int64))

    def fill(self, epoch: int, step: int, rank: int, world: int, threads: int, memory: BatchMemory) -> None:
        """Fills a batch; `threads` changes nothing here."""
        try:
            self._fill(epoch, step, rank, world, memory)
        except StbankError as error:
            raise error.of(self._dataset.id) from None

    def _fill(self, epoch: int, step: int, rank: int, world: int, memory: BatchMemory) -> None:
        shard.checked(rank, world)
        slots = shard.share(self.plan["batch_size"], world)
        if epoch < 0 or not 0 <= step < self.steps:
            raise StbankError("usage", f"epoch {epoch}, step {step}", "", f"an epoch has {self.steps} steps")
        for file in self._files.values():
            file.check()
        places = step * self.plan["batch_size"] + rank * slots + np.arange(slots)
        memory.valid[:] = places < self.windows
        memory.copies[:] = 0
        memory.windows[:] = self.windows_at(epoch, places % self.windows)
        for slot, number in enumerate(memory.windows.tolist()):
            window = self._windows[number]
            memory.sequences[slot] = window.sequence
            memory.first_frames[slot] = window.first_frame
            self._fill_slot(memory, slot, window, epoch)

    def _fill_slot(self, memory: BatchMemory, slot: int, window: Window, epoch: int) -> None:
        crop = self._crop_place(window, epoch)
        middle = self.plan["input_frames"]
        end = middle + self.plan["target_frames"]
        parts = [(memory.inputs, memory.input_mask, 0, middle), (memory.targets, memory.target_mask, middle, end)]
        for field, (values, mask, start, stop) in zip(self._fields, parts):
            own_mask = None if mask is None else mask[slot]
            self._fill_frames(field, window, start, stop, crop, values[slot], own_mask)

    def _fill_frames(
        self, field: int, window: Window, start: int, stop: int, crop: tuple[int, int], values: np.ndarray,
        mask: np.ndarray | None,
    ) -> None:  # fmt: skip
        done = 0
        for first, last in window.frames(start, stop):
            for file, position, count in self._pieces[field].places(window.sequence, first, last):
                stored = self._files[file].read(position, count)
                part = slice(done, done + count)
                self._layouts[field].convert(stored, *crop, values[part], None if mask is None else mask[part])
                done += count

    def _crop_place(self, window: Window, epoch: int) -> tuple[int, int]:
        crop = self.plan["crop"]
        if crop is None:
            return 0, 0
        if crop["at"] == "fixed":
            return crop["row"], crop["column"]
        rows, columns = self._layouts[self._fields[0]].room
        if crop["at"] == "centre":
            return rows // 2, columns // 2
        key, seed = window.key, int(self.plan["seed"])
        draw = [unit(bits(seed, CROP, key, epoch, axis)) for axis in (0, 1)]
        return int(draw[0] * (rows + 1)), int(draw[1] * (columns + 1))
