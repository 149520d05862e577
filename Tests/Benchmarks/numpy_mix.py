"""The peer of `stbank bench augment`: DistriXplorer, mode `paper`, in NumPy, written for speed.

`python numpy_mix.py FRAMES SCORES OUT --windows N [--copies 3 …]`: FRAMES holds N windows of T frames, float32, SCORES the received
attention of their patches, float64, [N][T][L]. Draws are keyed as in METHOD.md 4.5, so the patches are those of stbank; their values
go to OUT, window by window, copy by copy, in ascending order of (frame, patch). Prints one JSON object with the seconds of the best run.

Frames become patches once, the decayed history is carried by recursion, draws are made for all windows of a block at once.
"""

import argparse
import json
import pathlib
import time

import numpy as np

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
OFFSETS = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]


def mix64(z: np.ndarray) -> np.ndarray:
    z = z ^ (z >> np.uint64(30))
    z *= np.uint64(0xBF58476D1CE4E5B9)
    z ^= z >> np.uint64(27)
    z *= np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return z


def then(h: np.ndarray, key) -> np.ndarray:
    """The hash of one more key."""
    return mix64((h ^ np.asarray(key, np.uint64)) + GOLDEN)


def start(seed: int, purpose: int, samples: np.ndarray, copies: np.ndarray) -> np.ndarray:
    """The hash of seed, purpose, sample, copy: [window][copy]."""
    with np.errstate(over="ignore"):
        h = mix64(np.array([seed], np.uint64) + GOLDEN)
    return then(then(then(h, purpose), samples[:, None]), copies[None, :])


def unit(h: np.ndarray) -> np.ndarray:
    return (h >> np.uint64(11)) * 2.0**-53


class Grid:
    """Patches of side p over H x W, and the eight places around each."""

    def __init__(self, rows: int, columns: int, side: int):
        self.side, self.rows, self.columns = side, rows // side, columns // side
        self.count = self.rows * self.columns
        row, column = np.divmod(np.arange(self.count), self.columns)
        self.near = np.zeros((self.count, 8), np.int64)
        self.inside = np.zeros((self.count, 8), bool)
        for place, (down, right) in enumerate(OFFSETS):
            r, c = row + down, column + right
            self.inside[:, place] = (r >= 0) & (r < self.rows) & (c >= 0) & (c < self.columns)
            self.near[:, place] = np.where(self.inside[:, place], r * self.columns + c, 0)


def environment(scores: np.ndarray, ratio: float) -> tuple[np.ndarray, np.ndarray]:
    """Environment patches [..][m], ascending, and the causal mask."""
    count = scores.shape[-1]
    m = max(1, min(count - 1, int(ratio * count + 0.5)))
    least = np.sort(np.argsort(scores, axis=-1, kind="stable")[..., :m], axis=-1)
    causal = np.ones(scores.shape, bool)
    np.put_along_axis(causal, least, False, axis=-1)
    return least, causal


def draw(importance, least, causal, grid: Grid, seed, samples, copies: int, sigma: float):
    """What is replaced, as (window, copy, frame, patch) in this order, and the weight of each of its eight neighbours."""
    frames = importance.shape[1]
    rate = np.exp(-((np.arange(frames) - (frames - 1)) ** 2) / (2 * sigma * sigma))
    numbers = np.arange(1, copies + 1, dtype=np.uint64)
    times = np.arange(frames, dtype=np.uint64)
    of_frame = then(start(seed, 0, samples, numbers)[:, :, None], times)
    u = unit(then(then(of_frame[..., None], least[:, None]), 0))
    window, copy, frame, place = np.nonzero(u < rate[:, None])
    patch = least[window, frame, place]

    def of_patch(purpose):
        return then(then(start(seed, purpose, samples, numbers)[window, copy], frame), patch)

    near, inside = grid.near[patch], grid.inside[patch]
    candidates = inside & causal[window[:, None], frame[:, None], near]
    alone = ~candidates.any(axis=1)
    candidates[alone] = inside[alone]
    probability = unit(then(of_patch(1), 0))
    coins = unit(then(of_patch(2)[:, None], near))
    included = candidates & (coins < probability[:, None])
    empty = np.nonzero(~included.any(axis=1))[0]
    fallback = unit(then(of_patch(3)[empty], 0))
    number = (fallback * candidates[empty].sum(axis=1)).astype(np.int64)
    included[empty] = candidates[empty] & (np.cumsum(candidates[empty], axis=1) == number[:, None] + 1)
    share = np.where(included, importance[window[:, None], frame[:, None], near], 0)
    total = share.sum(axis=1, keepdims=True)
    share = np.where(total > 0, share / np.where(total > 0, total, 1), included / included.sum(axis=1, keepdims=True))
    return window, copy, frame, patch, near, share


def histories(frames: np.ndarray, grid: Grid, kappa: float) -> tuple[np.ndarray, np.ndarray]:
    """The decayed sums [window][frame][patch][pixel] in double, and what their weights add up to, by frame."""
    count, length = frames.shape[:2]
    side = grid.side
    sums = np.empty((count, length, grid.rows, grid.columns, side, side))
    sums[...] = frames.reshape(count, length, grid.rows, side, grid.columns, side).swapaxes(3, 4)
    sums = sums.reshape(count, length, grid.count, side * side)
    weight = np.ones(length)
    for t in range(1, length):
        sums[:, t] += sums[:, t - 1] * kappa
        weight[t] = weight[t - 1] * kappa + 1
    return sums, weight


def mixed(sums, weight, drawn) -> np.ndarray:
    """The values of all replaced patches, float32: the neighbours of a frame's patches are one product of matrices."""
    window, copy, frame, patch, near, share = drawn
    length, count, size = sums.shape[1:]
    scaled = share / weight[frame][:, None]
    values = np.empty((len(window), size), np.float32)
    order = np.lexsort((frame, window))
    group = (window * length + frame)[order]
    borders = np.nonzero(np.diff(group, prepend=-1, append=-1))[0]
    matrix = np.zeros((len(window), count))
    rows, places = np.nonzero(share)
    matrix[rows, near[rows, places]] = scaled[rows, places]
    for begin, end in zip(borders[:-1], borders[1:]):
        own = order[begin:end]
        values[own] = matrix[own] @ sums[window[own[0]], frame[own[0]]]
    return values


def mixed_by_neighbour(sums, weight, drawn) -> np.ndarray:
    """The same, neighbour after neighbour in ascending order: the sums of stbank to the last bit."""
    window, copy, frame, patch, near, share = drawn
    scaled = share / weight[frame][:, None]
    values = np.zeros((len(window), sums.shape[-1]))
    for place in range(8):
        rows = np.nonzero(share[:, place])[0]
        values[rows] += scaled[rows, place, None] * sums[window[rows], frame[rows], near[rows, place]]
    return values.astype(np.float32)


def augment(frames, scores, samples, grid: Grid, options, mix) -> list[np.ndarray]:
    """All copies of all windows, a block of windows at a time so that the sums stay in the cache."""
    results = []
    for begin in range(0, len(frames), options.block):
        part = slice(begin, begin + options.block)
        importance = scores[part] / scores[part].sum(axis=-1, keepdims=True)
        least, causal = environment(scores[part], options.ratio)
        drawn = draw(importance, least, causal, grid, options.seed, samples[part], options.copies, options.sigma)
        results.append(mix(*histories(frames[part], grid, options.kappa), drawn))
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("frames", type=pathlib.Path)
    parser.add_argument("scores", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--windows", type=int, required=True)
    parser.add_argument("--length", type=int, default=10)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--side", type=int, default=16)
    parser.add_argument("--copies", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sigma", type=float, default=2.5)
    parser.add_argument("--kappa", type=float, default=0.5)
    parser.add_argument("--ratio", type=float, default=0.25)
    parser.add_argument("--block", type=int, default=4)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--by-neighbour", action="store_true")
    options = parser.parse_args()
    grid = Grid(options.size, options.size, options.side)
    shape = (options.windows, options.length, options.size, options.size)
    frames = np.fromfile(options.frames, np.float32).reshape(shape)
    scores = np.fromfile(options.scores).reshape(options.windows, options.length, grid.count)
    samples = np.arange(options.windows, dtype=np.uint64)
    mix = mixed_by_neighbour if options.by_neighbour else mixed
    seconds = []
    for _ in range(options.runs):
        begin = time.perf_counter()
        results = augment(frames, scores, samples, grid, options, mix)
        seconds.append(time.perf_counter() - begin)
    np.concatenate(results).tofile(options.out)
    print(json.dumps({"seconds": min(seconds), "all": seconds, "patches": sum(len(part) for part in results)}))


if __name__ == "__main__":
    main()
