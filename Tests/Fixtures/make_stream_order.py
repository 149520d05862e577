"""Writes stream-order.json: what StreamOrder.md says of order, in numbers.

Written from that page alone, with Python's own integers and xxHash's library, and shares nothing with `Sources`: Swift
and the Python package check themselves against it. Numbers of 64 bits are texts, which every JSON reader keeps.

    python Tests/Fixtures/make_stream_order.py        # needs libxxhash.so.0
"""

import ctypes
import json
from pathlib import Path

WORD = 2**64
G = 0x9E3779B97F4A7C15
FILE = Path(__file__).parent / "stream-order.json"

library = ctypes.CDLL("libxxhash.so.0")
library.XXH3_64bits.restype = ctypes.c_uint64
library.XXH3_64bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]


def hash_of(text: str) -> int:
    data = text.encode()
    return library.XXH3_64bits(data, len(data))


def mix64(z: int) -> int:
    z ^= z >> 30
    z = z * 0xBF58476D1CE4E5B9 % WORD
    z ^= z >> 27
    z = z * 0x94D049BB133111EB % WORD
    return z ^ (z >> 31)


def bits(seed: int, *keys: int) -> int:
    h = mix64((seed + G) % WORD)
    for key in keys:
        h = mix64(((h ^ key) + G) % WORD)
    return h


def permute(n: int, key: int, x: int) -> int:
    h = 1
    while 4**h < n:
        h += 1
    mask = 2**h - 1
    k = [mix64(((key ^ r) + G) % WORD) for r in range(8)]
    while True:
        left, right = x >> h, x & mask
        for r in range(8):
            left, right = right, left ^ (mix64(((k[r] ^ right) + G) % WORD) & mask)
        x = (left << h) | right
        if x < n:
            return x


def epoch_order(order: dict, n: int, seed: int, epoch: int) -> list[int]:
    """All windows of an epoch, by place."""
    if order["name"] == "stored":
        return list(range(n))
    if order["name"] == "shuffled":
        return [permute(n, bits(seed, 16, epoch), p) for p in range(n)]
    b, g = order["block_windows"], order["blocks_mixed"]
    m = -(-n // b)
    blocks = [permute(m, bits(seed, 17, epoch), j) for j in range(m)]
    served = []
    for q in range(-(-m // g)):
        windows = [w for j in blocks[q * g : (q + 1) * g] for w in range(j * b, min((j + 1) * b, n))]
        c = len(windows)
        served += [windows[permute(c, bits(seed, 18, epoch, q), i)] for i in range(c)]
    return served


def slots(served: list[int], batch: int, world: int, drop_last: bool) -> list[list[list[list[int]]]]:
    """By step and rank: window and whether it counts."""
    n, each = len(served), batch // world
    steps = n // batch if drop_last else -(-n // batch)
    places = [[[s * batch + r * each + i for i in range(each)] for r in range(world)] for s in range(steps)]
    return [[[[served[p % n], int(p < n)] for p in rank] for rank in step] for step in places]


def permutations() -> list[dict]:
    whole = [(n, mix64(n)) for n in (1, 2, 3, 4, 5, 16, 17, 64, 65, 100)]
    cases = [(n, key, list(range(n))) for n, key in whole]
    cases += [(n, 7, [0, 1, 2, n // 2, n - 2, n - 1]) for n in (10**6, 2**31, 2**40 + 1, 2**61)]
    cases.append((1000, WORD - 1, [0, 500, 999]))
    return [
        {"count": n, "key": str(key), "places": places, "values": [permute(n, key, x) for x in places]}
        for n, key, places in cases
    ]


def orders() -> list[dict]:
    plans = [{"name": "stored"}, {"name": "shuffled"}]
    plans += [{"name": "blocks", "block_windows": b, "blocks_mixed": g} for b, g in ((7, 3), (8, 2), (1, 1), (50, 16))]
    return [
        {"order": order, "windows": n, "seed": str(seed), "epoch": epoch, "served": epoch_order(order, n, seed, epoch)}
        for order in plans
        for n, seed, epoch in ((1, 0, 0), (48, 0, 0), (61, 5, 3), (61, WORD - 1, 1))
    ]


def batches() -> list[dict]:
    order = {"name": "shuffled"}
    return [
        {
            "windows": n, "seed": "3", "epoch": 2, "batch_size": batch, "world": world, "drop_last": drop,
            "slots": slots(epoch_order(order, n, 3, 2), batch, world, drop),
        }
        for n, batch, drop in ((25, 8, False), (25, 8, True), (24, 8, False), (3, 8, False))
        for world in (1, 2, 4)
    ]  # fmt: skip


def crops() -> list[dict]:
    cases = []
    for id, first, seed, epoch in (("S728503", 0, 0, 0), ("S728503", 12, 0, 0), ("BJ13", 300, 9, 4), ("größe/1", 7, 1, 1)):
        key = mix64(hash_of(id) ^ first)
        draws = [(bits(seed, 19, key, epoch, axis) >> 11) * 2.0**-53 for axis in (0, 1)]
        cases.append(
            {
                "sequence": id, "first_frame": first, "key": str(key), "seed": str(seed), "epoch": epoch,
                "room": [6, 30], "place": [int(draws[0] * 7), int(draws[1] * 31)],
            }
        )  # fmt: skip
    return cases


def hashes() -> list[dict]:
    texts = ["", "a", "abc", "abcd", "S728503", "waves/0", "0123456789abcdef", "x" * 17, "ab" * 50, "é" * 70, "xyz" * 400]
    return [{"text": text, "xxh3": f"{hash_of(text):016x}"} for text in texts]


def random_bits() -> list[dict]:
    cases = [(0, []), (0, [16, 0]), (1, [16, 1]), (WORD - 1, [17, 2]), (5, [18, 3, 4]), (6, [19, WORD - 1, 0, 1])]
    return [{"seed": str(seed), "keys": [str(k) for k in keys], "bits": str(bits(seed, *keys))} for seed, keys in cases]


def main() -> None:
    parts = [random_bits, hashes, permutations, orders, batches, crops]
    lines = [
        f'"{part.__name__}": [\n' + ",\n".join(json.dumps(case, ensure_ascii=False) for case in part()) + "\n]"
        for part in parts
    ]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
