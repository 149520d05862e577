"""One loader in a process of its own: a line on stdin is one epoch, a line on stdout its seconds.

The first epoch is read whole and summed; the others are only taken.
"""

import sys
import time

import loaders


def total(batch):
    return sum(int(part.contiguous().view(-1).double().sum()) for part in batch)


def main():
    name, folder, workers = sys.argv[1], sys.argv[2], int(sys.argv[3])
    epoch = getattr(loaders, name)(folder, workers)
    windows = checksum = 0
    for batch in epoch(0):
        windows += len(batch[0])
        checksum += total(batch)
    print(windows, checksum, flush=True)
    for number, _ in enumerate(sys.stdin, 1):
        begin = time.perf_counter()
        windows = sum(len(batch[0]) for batch in epoch(number))
        print(windows, time.perf_counter() - begin, flush=True)


if __name__ == "__main__":
    main()
