"""Reads all chunks of FILE's VARIABLE with h5py, one after the other, and prints bytes a second of the decoded frames."""

import sys
import time

import h5py
import numpy

with h5py.File(sys.argv[1]) as file:
    frames = file[sys.argv[2]]
    step = frames.chunks[0]
    room = numpy.empty((step, *frames.shape[1:]), frames.dtype)
    begin = time.perf_counter()
    for first in range(0, len(frames), step):
        last = min(first + step, len(frames))
        frames.read_direct(room, numpy.s_[first:last], numpy.s_[: last - first])
    seconds = time.perf_counter() - begin
print(room[0].nbytes * last / seconds)
