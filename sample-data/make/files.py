"""Writing files that are the same bytes on every run."""

import gzip
import io
import shutil
import tarfile
from pathlib import Path


def empty(folder: Path) -> Path:
    """The folder, new and empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def gzipped(data: bytes) -> bytes:
    return gzip.compress(data, 9, mtime=0)


def tarred(members: dict[str, bytes], compression: str = "") -> bytes:
    """A tar archive; compression is "", "gz" or "bz2"."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w" + (":bz2" if compression == "bz2" else "")) as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return gzipped(buffer.getvalue()) if compression == "gz" else buffer.getvalue()
