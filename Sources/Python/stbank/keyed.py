"""Random numbers that follow from a seed and keys, and permutations made of them. StreamOrder.md, "Order"."""

import numpy as np

BITS = (1 << 64) - 1
STEP = 0x9E3779B97F4A7C15
# What a number decides; the first key.
ORDER, BLOCK_ORDER, GROUP_ORDER, CROP = 16, 17, 18, 19


def mix64(z: int) -> int:
    """Scrambles 64 bits; one to one."""
    z ^= z >> 30
    z = z * 0xBF58476D1CE4E5B9 & BITS
    z ^= z >> 27
    z = z * 0x94D049BB133111EB & BITS
    return z ^ z >> 31


def bits(seed: int, *keys: int) -> int:
    """64 random bits for a list of keys; the order of the keys counts."""
    h = mix64(seed + STEP & BITS)
    for key in keys:
        h = mix64((h ^ key) + STEP & BITS)
    return h


def unit(value: int) -> float:
    """A number in [0, 1), a multiple of 2^-53."""
    return (value >> 11) * 2.0**-53


def _mixed(z: np.ndarray) -> np.ndarray:
    z = z ^ z >> np.uint64(30)
    z = z * np.uint64(0xBF58476D1CE4E5B9)
    z = z ^ z >> np.uint64(27)
    z = z * np.uint64(0x94D049BB133111EB)
    return z ^ z >> np.uint64(31)


class Permutation:
    """A keyed permutation of 0 ..< count without a table: a Feistel network of 8 rounds that walks until it is in range."""

    def __init__(self, count: int, key: int) -> None:
        half = 1
        while 4**half < count:
            half += 1
        self._count = np.uint64(count)
        self._half = np.uint64(half)
        self._mask = np.uint64((1 << half) - 1)
        self._keys = [np.uint64(mix64((key ^ r) + STEP & BITS)) for r in range(8)]

    def __call__(self, places: np.ndarray) -> np.ndarray:
        """What stands at each of the places; int64 in, int64 out."""
        x = np.asarray(places).astype(np.uint64)
        x = self._round_trip(x)
        outside = np.flatnonzero(x >= self._count)
        while outside.size:
            x[outside] = self._round_trip(x[outside])
            outside = outside[x[outside] >= self._count]
        return x.astype(np.int64)

    def _round_trip(self, x: np.ndarray) -> np.ndarray:
        left, right = x >> self._half, x & self._mask
        for key in self._keys:
            left, right = right, left ^ (_mixed((key ^ right) + np.uint64(STEP)) & self._mask)
        return left << self._half | right
