"""Memory of batches, used again when nobody holds a batch any more."""

import math
import sys

import numpy as np

PAGE = 4096


class BatchMemory:
    """The arrays of one batch as views of one page-aligned block.

    inputs (b, T, C, H, W), targets (b, K, C, H, W) float32; input_mask, target_mask uint8 of the same shapes, or None;
    valid uint8 (b); windows, sequences, first_frames, copies int64 (b).
    """

    def __init__(self, block: np.ndarray, slots: int, inputs: tuple, targets: tuple, masks: bool) -> None:
        self._block, self._place = block, 0
        self.inputs = self._take((slots, *inputs), np.float32)
        self.targets = self._take((slots, *targets), np.float32)
        self.windows, self.sequences, self.first_frames, self.copies = (self._take((slots,), np.int64) for _ in range(4))
        self.valid = self._take((slots,), np.uint8)
        self.input_mask = self._take((slots, *inputs), np.uint8) if masks else None
        self.target_mask = self._take((slots, *targets), np.uint8) if masks else None

    def _take(self, shape: tuple[int, ...], type: type) -> np.ndarray:
        count = math.prod(shape) * np.dtype(type).itemsize
        part = self._block[self._place : self._place + count].view(type).reshape(shape)
        self._place += -(-count // 64) * 64
        return part


class BufferPool:
    """Blocks of memory for batches of one shape. New memory costs a page fault each 4 KiB, more than filling it does."""

    LIMIT = 8

    def __init__(self, slots: int, inputs: tuple, targets: tuple, masks: bool) -> None:
        self._shape = slots, inputs, targets, masks
        elements = slots * (math.prod(inputs) + math.prod(targets))
        self._size = elements * (5 if masks else 4) + slots * 33 + 64 * 10
        self._blocks: list[np.ndarray] = []

    def take(self) -> BatchMemory:
        return BatchMemory(self._free_block(), *self._shape)

    def _free_block(self) -> np.ndarray:
        for place in range(len(self._blocks)):
            # Every view of a block refers to it, a tensor made from a view too: then it is in use.
            if sys.getrefcount(self._blocks[place]) <= 2:
                return self._blocks[place]
        raw = np.empty(self._size + PAGE, np.uint8)
        start = -raw.ctypes.data % PAGE
        # A root of its own: views name the array that owns the memory as their base.
        block = np.frombuffer(memoryview(raw)[start : start + self._size], np.uint8)
        if len(self._blocks) < self.LIMIT:
            self._blocks.append(block)
        return block
