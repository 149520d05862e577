"""Which window stands at which place of an epoch. StreamOrder.md, "Order"."""

import numpy as np

from .keyed import BLOCK_ORDER, GROUP_ORDER, ORDER, Permutation, bits


class StoredOrder:
    """Windows as they are numbered."""

    def windows_at(self, places: np.ndarray) -> np.ndarray:
        return places


class ShuffledOrder:
    """A keyed permutation of all windows."""

    def __init__(self, windows: int, seed: int, epoch: int) -> None:
        self._permutation = Permutation(windows, bits(seed, ORDER, epoch))

    def windows_at(self, places: np.ndarray) -> np.ndarray:
        return self._permutation(places)


class BlockOrder:
    """Blocks of neighbouring windows in a keyed order, windows mixed within groups of blocks.

    Holds two numbers a block.
    """

    def __init__(self, windows: int, size: int, mixed: int, seed: int, epoch: int) -> None:
        count = -(-windows // size)
        self._size, self._mixed, self._seed, self._epoch = size, mixed, seed, epoch
        self._blocks = Permutation(count, bits(seed, BLOCK_ORDER, epoch))(np.arange(count))
        sizes = np.where(self._blocks == count - 1, windows - (count - 1) * size, size)
        self._ends = np.cumsum(sizes)
        self._starts = self._ends - sizes
        self._group_starts = self._starts[::mixed]

    def windows_at(self, places: np.ndarray) -> np.ndarray:
        places = np.asarray(places)
        groups = np.searchsorted(self._group_starts, places, side="right") - 1
        result = np.empty(places.shape, np.int64)
        for group in np.unique(groups):
            own = groups == group
            result[own] = self._in_group(int(group), places[own])
        return result

    def _in_group(self, group: int, places: np.ndarray) -> np.ndarray:
        begin = self._group_starts[group]
        last = min((group + 1) * self._mixed, len(self._blocks)) - 1
        key = bits(self._seed, GROUP_ORDER, self._epoch, group)
        place = begin + Permutation(int(self._ends[last] - begin), key)(places - begin)
        block = np.searchsorted(self._starts, place, side="right") - 1
        return self._blocks[block] * self._size + place - self._starts[block]


def epoch_order(plan: dict, windows: int, epoch: int) -> StoredOrder | ShuffledOrder | BlockOrder:
    """The order of an epoch of a resolved plan."""
    seed = int(plan["seed"])
    if plan["order"] == "stored":
        return StoredOrder()
    if plan["order"] == "shuffled":
        return ShuffledOrder(windows, seed, epoch)
    return BlockOrder(windows, plan["block_windows"], plan["blocks_mixed"], seed, epoch)
