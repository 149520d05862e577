"""Payload files: frames read by address, and found out when they were changed, cut off or replaced."""

import os
import zlib

import numpy as np

from . import xxh3
from .bank import VERIFY, Dataset, damaged
from .errors import StbankError


def element_of(field: dict) -> np.dtype:
    """The stored type, little-endian."""
    return np.dtype(field["element"]).newbyteorder("<")


class PayloadFile:
    """One file of one field.

    Frames are read with `pread` into memory of our own: a map of a file that somebody cuts off ends a Python process,
    a short read is an error that can be told.
    """

    def __init__(self, dataset: Dataset, number: int) -> None:
        self._record = dataset.record["payload"][number]
        self._path = dataset.payload_path(number)
        field = dataset.fields[self._record["field"]]
        self._element = element_of(field)
        self._shape = (field["channels"], field["rows"], field["columns"])
        self._frame_bytes = self._element.itemsize * int(np.prod(self._shape))
        self._last_chunk: tuple[int, np.ndarray] | None = None
        try:
            self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise damaged("the file is not there", self._path) from None
        except OSError as error:
            raise StbankError("system", f"cannot be opened: {error.strerror}", str(self._path)) from None
        self._stamp = self._stamp_of(os.fstat(self._descriptor))
        self._check_header()

    def __del__(self) -> None:
        if hasattr(self, "_descriptor"):
            os.close(self._descriptor)

    @staticmethod
    def _stamp_of(status: os.stat_result) -> tuple[int, ...]:
        return status.st_ino, status.st_size, status.st_mtime_ns

    def _check_header(self) -> None:
        record, size = self._record, self._stamp[1]
        if size != record["size"]:
            raise damaged(f"has {size} bytes instead of {record['size']}", self._path)
        count = record["offset"] if record["packing"] == "contiguous" else min(4096, size)
        if not 0 <= count <= size or xxh3.text(os.pread(self._descriptor, count, 0)) != record["header"]:
            raise damaged("the header is not what the record says", self._path)
        if not self._is_laid_out():
            raise damaged("the record places frames outside the file", self._path)

    def _is_laid_out(self) -> bool:
        record, size = self._record, self._record["size"]
        if record["packing"] == "contiguous":
            inside = record["frames"] * self._frame_bytes <= size - record["offset"]
            return record["frames"] >= 0 and inside and record["offset"] % self._element.itemsize == 0
        frames, chunks = record.get("chunk_frames", 0), record.get("chunks", [])
        if frames < 1 or len(chunks) != 2 * -(-record["frames"] // frames):
            return False
        return all(offset >= 0 and 0 <= count <= size - offset for offset, count in zip(chunks[::2], chunks[1::2]))

    def check(self) -> None:
        """Looks whether the file is still the one that was opened."""
        try:
            # A name that is gone takes nothing away: the descriptor holds the file.
            if self._stamp_of(os.stat(self._path)) != self._stamp:
                raise self._changed()
        except FileNotFoundError:
            pass
        if self._stamp_of(os.fstat(self._descriptor)) != self._stamp:
            raise self._changed()

    def _changed(self) -> StbankError:
        what = "the file was changed, cut off or replaced while it was read"
        return StbankError("damaged", what, str(self._path), VERIFY)

    def read(self, position: int, count: int) -> np.ndarray:
        """Stored values of frames, (count, C, H, W)."""
        if self._record["packing"] == "contiguous":
            offset = self._record["offset"] + position * self._frame_bytes
            return self._bytes(offset, count * self._frame_bytes).view(self._element).reshape(count, *self._shape)
        return np.concatenate([part for part in self._from_chunks(position, count)])

    def _bytes(self, offset: int, count: int) -> np.ndarray:
        room = np.empty(count, np.uint8)
        done = 0
        while done < count:
            part = os.preadv(self._descriptor, [room[done:]], offset + done)
            if part == 0:
                raise self._changed()
            done += part
        return room

    def _from_chunks(self, position: int, count: int) -> list[np.ndarray]:
        each = self._record["chunk_frames"]
        parts = []
        for chunk in range(position // each, (position + count - 1) // each + 1):
            frames = self._chunk(chunk)
            parts.append(frames[max(0, position - chunk * each) : position + count - chunk * each])
        return parts

    def _chunk(self, chunk: int) -> np.ndarray:
        """The frames of a chunk: inflated, then the shuffle of bytes undone; the last one is kept."""
        if self._last_chunk and self._last_chunk[0] == chunk:
            return self._last_chunk[1]
        offset, size = self._record["chunks"][2 * chunk : 2 * chunk + 2]
        expected = self._record["chunk_frames"] * self._frame_bytes
        inflater = zlib.decompressobj()
        try:
            data = inflater.decompress(self._bytes(offset, size), expected)
        except zlib.error:
            data = b""
        if len(data) != expected:
            raise damaged(f"chunk {chunk} cannot be unpacked", self._path)
        width = self._element.itemsize
        planes = np.frombuffer(data, np.uint8).reshape(width, -1)
        frames = np.ascontiguousarray(planes.T).reshape(-1).view(self._element).reshape(-1, *self._shape)
        self._last_chunk = chunk, frames
        return frames
