"""One loader in a process of its own: a line on stdin is one epoch, a line on stdout its seconds.

The first epoch is read whole and summed; the others are only taken.
"""

import sys
import time

import loaders


def total(batch, unit):
    """The sum of the stored numbers, which are whole."""
    return sum(int((part.double() / unit).round().sum()) for part in batch)


def main():
    name, folder, workers, dtype = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    unit = 1 / 255 if dtype == "uint8" else 1
    epoch = getattr(loaders, name)(folder, workers)
    windows = checksum = 0
    for batch in epoch(0):
        windows += len(batch[0])
        checksum += total(batch, unit)
    print(windows, checksum, flush=True)
    for number, _ in enumerate(sys.stdin, 1):
        begin = time.perf_counter()
        windows = sum(len(batch[0]) for batch in epoch(number))
        print(windows, time.perf_counter() - begin, flush=True)


if __name__ == "__main__":
    main()
