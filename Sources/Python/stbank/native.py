"""Batches through libstbank: include/stbank.h by ctypes. Buffers belong to us."""

import ctypes
import ctypes.util
import json
import math
import os
from pathlib import Path
from typing import Any

from . import plan as plans
from .bank import Bank
from .buffers import BatchMemory
from .errors import StbankError

ABI = 2
ROOM = 4096
NAMES = ("libstbank.so", "libstbank-c.so")


def candidates() -> list[str]:
    """Where the library may lie: $STBANK_LIBRARY alone where it is set; beside this file, in the repository, in the system."""
    named = os.environ.get("STBANK_LIBRARY")
    if named:
        return [named]
    here = Path(__file__).resolve()
    folders = [here.parent] + [parent / ".build" / "release" for parent in here.parents if (parent / "Package.swift").is_file()]
    files = [str(folder / name) for folder in folders for name in NAMES if (folder / name).is_file()]
    system = ctypes.util.find_library("stbank")
    return files + ([system] if system else [])


class Library:
    """The loaded library, one a process."""

    _loaded: "Library | None" = None

    def __init__(self, path: str) -> None:
        self.path = path
        library = ctypes.CDLL(path)
        self.open, self.close = library.stbank_open, library.stbank_close
        self.describe, self.fill = library.stbank_describe, library.stbank_fill
        library.stbank_abi.restype = ctypes.c_uint32
        self.abi = library.stbank_abi()
        text, size, pointer = ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p
        self.open.restype, self.open.argtypes = pointer, [text, text, text, text, size]
        self.describe.restype, self.describe.argtypes = size, [pointer, text, size]
        self.fill.restype = ctypes.c_int
        numbers = [ctypes.c_uint64, ctypes.c_uint64, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_uint32]
        self.fill.argtypes = [pointer, *numbers, *[pointer] * 9, text, size]
        self.close.restype, self.close.argtypes = None, [pointer]

    @classmethod
    def load(cls) -> "Library":
        """The library of this process.

        Raises StbankError "not found" where there is none, "system" where one is there but cannot be used.
        """
        if cls._loaded is None:
            cls._loaded = cls._first()
        return cls._loaded

    @classmethod
    def _first(cls) -> "Library":
        paths = candidates()
        if not paths:
            raise StbankError(
                "not found",
                "there is no libstbank.so beside the package, in .build/release or in the system",
                remedy="`swift build -c release --product stbank-c` makes it; name it by $STBANK_LIBRARY, or take backend='numpy'",
            )
        try:
            library = cls(paths[0])
        except (OSError, AttributeError) as error:
            remedy = "build it anew for this machine, or take backend='numpy'"
            raise StbankError("system", f"the library cannot be loaded: {error}", paths[0], remedy) from None
        if library.abi != ABI:
            what = f"the library has interface {library.abi}, this package knows {ABI}"
            raise StbankError("system", what, paths[0], "take library and package of the same stbank")
        return library


class NativeBackend:
    """Any batch of any epoch. In a child after `fork` the data set is opened anew: a lock may have been held meanwhile."""

    name = "native"

    def __init__(self, bank: str, dataset: str, request: dict[str, Any]) -> None:
        self._library = Library.load()
        # Names are found here, so that both backends say the same of those that are unknown.
        id, digest = Bank(bank).resolve(dataset)
        self._id = id
        plan = json.dumps({key: _sayable(key, value) for key, value in request.items()}, default=_plain).encode()
        self._arguments = os.fsencode(bank), f"{id}#{digest}".encode(), plan
        self._handle, self._process = self._open(), os.getpid()
        self.description = self._describe()
        self.plan = self.description["plan"]
        self.windows, self.steps = self.description["windows"], self.description["steps"]

    def _open(self) -> int:
        message = ctypes.create_string_buffer(ROOM)
        handle = self._library.open(*self._arguments, message, ROOM)
        if not handle:
            raise self._error(message, 1)
        return handle

    def __del__(self) -> None:
        # A parent's stream is the parent's to close.
        if getattr(self, "_handle", None) and self._process == os.getpid():
            self._library.close(self._handle)

    def _describe(self) -> dict[str, Any]:
        room = ROOM
        while True:
            text = ctypes.create_string_buffer(room)
            length = self._library.describe(self._handle, text, room)
            if length < room:
                return json.loads(text.value)
            room = length + 1

    def fill(self, epoch: int, step: int, rank: int, world: int, threads: int, memory: BatchMemory) -> None:
        if self._process != os.getpid():
            self._handle, self._process = self._open(), os.getpid()
        if not (0 <= epoch < 1 << 63 and 0 <= step < self.steps):
            raise StbankError("usage", f"epoch {epoch}, step {step}", self._id, f"an epoch has {self.steps} steps")
        arrays = [
            memory.inputs, memory.targets, memory.valid, memory.windows, memory.sequences, memory.first_frames,
            memory.copies, memory.input_mask, memory.target_mask,
        ]  # fmt: skip
        pointers = [None if array is None else array.ctypes.data for array in arrays]
        message = ctypes.create_string_buffer(ROOM)
        status = self._library.fill(self._handle, epoch, step, rank, world, threads, *pointers, message, ROOM)
        if status:
            raise self._error(message, status)

    def _error(self, message: ctypes.Array, status: int) -> StbankError:
        text = message.value.decode(errors="replace")
        what, _, remedy = text.partition("; ")
        is_damage = status == 2 or "stbank verify" in text
        return StbankError("damaged" if is_damage else "usage", what, "", remedy).of(self._id)


def _sayable(key: str, value: object) -> object:
    """What JSON's numbers cannot hold, as text."""
    if key == "seed" and plans.is_whole(value):
        return str(int(value))
    return "nan" if isinstance(value, float) and math.isnan(value) else value


def _plain(value: object) -> object:
    """Numbers of NumPy as Python's."""
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"a plan cannot hold {value!r}")
