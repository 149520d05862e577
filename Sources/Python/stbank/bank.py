"""A bank on disk: names to digests, and what a data set's manifest says, checked against its digests."""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

from .errors import StbankError

NAME = re.compile(r"[a-z0-9]+([-+][a-z0-9]+)*")
REFERENCE = re.compile(r"([^@#]+)(?:@(\d+\.\d+\.\d+))?(?:#([0-9a-fA-F]{4,64}))?")
VERIFY = "run `stbank verify`"


def find_bank(folder: str | os.PathLike | None) -> Path:
    """The folder as given, else $STBANK_HOME, else ./bank."""
    return Path(folder or os.environ.get("STBANK_HOME") or "bank").absolute()


def damaged(what: str, path: Path) -> StbankError:
    return StbankError("damaged", what, str(path), VERIFY)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise damaged("the file is not there", path) from None
    except OSError as error:
        raise StbankError("system", f"cannot be read: {error.strerror}", str(path)) from None


def _members(text: bytes, path: Path, names: tuple[str, ...]) -> dict:
    """A JSON object that has certain members."""
    try:
        value = json.loads(text)
        for name in names:
            value[name]
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(f"cannot be understood: {error!r}", path) from None
    return value


class Bank:
    """A folder of data sets."""

    CURRENT_VERSION = 1

    def __init__(self, folder: str | os.PathLike | None = None) -> None:
        self.folder = find_bank(folder)
        path = self.folder / "bank.json"
        if not path.is_file():
            raise StbankError(
                "not found",
                "there is no bank here",
                str(self.folder),
                "`stbank ingest` makes one; name another by `bank=` or $STBANK_HOME",
            )
        header = _members(_bytes(path), path, ("format", "version"))
        if header["format"] != "stbank":
            raise damaged("is not the description of a bank", path)
        if header["version"] > self.CURRENT_VERSION:
            raise StbankError(
                "usage",
                f"the bank has format {header['version']}, this package knows up to {self.CURRENT_VERSION}",
                str(self.folder),
                "update the package",
            )

    def resolve(self, reference: str) -> tuple[str, str]:
        """ID (`name@1.0.0`) and content digest of `name`, `name@1.0.0` or `name@1.0.0#9f3c21a`."""
        match = REFERENCE.fullmatch(reference)
        if not match or not NAME.fullmatch(match[1]):
            raise StbankError(
                "usage", f"`{reference}` names no data set", remedy="write name, name@1.0.0 or name@1.0.0#9f3c21a"
            )
        name, version, pin = match.groups()
        versions = self._versions(name)
        if not versions:
            raise self._unknown(name)
        version = version or versions[-1]
        if version not in versions:
            raise StbankError("not found", f"{name} has no version {version}", str(self.folder), f"there are {', '.join(versions)}")
        digest = self._digest(name, version)
        if pin and not digest.startswith(pin.lower()):
            raise StbankError(
                "not found",
                f"{name}@{version} is #{digest[:7]} here, not #{pin}: other content, same name",
                str(self.folder),
                "name the bank that holds it",
            )
        return f"{name}@{version}", digest

    def _versions(self, name: str) -> list[str]:
        folder = self.folder / "refs" / name
        found = os.listdir(folder) if folder.is_dir() else []
        found = [text for text in found if re.fullmatch(r"\d{1,6}\.\d{1,6}\.\d{1,6}", text)]
        return sorted(found, key=lambda text: tuple(map(int, text.split("."))))

    def _digest(self, name: str, version: str) -> str:
        path = self.folder / "refs" / name / version
        text = _bytes(path).decode(errors="replace")
        if not re.fullmatch(r"[0-9a-f]{64}\n", text):
            raise StbankError("damaged", f"the ref of {name}@{version} is damaged", str(path), "delete it and ingest again")
        return text.strip()

    def _unknown(self, name: str) -> StbankError:
        folder = self.folder / "refs"
        known = sorted(other for other in os.listdir(folder) if self._versions(other)) if folder.is_dir() else []
        there = f"there are {', '.join(known)}" if known else "the bank is empty"
        return StbankError("not found", f"there is no data set `{name}`", str(self.folder), there)


class Dataset:
    """A published data set: identity, record and tables, all checked against their digests."""

    def __init__(self, reference: str, bank: Bank) -> None:
        self.id, self.digest = bank.resolve(reference)
        self.bank = bank
        self.folder = bank.folder / "manifests" / self.digest
        self.identity = self._identity()
        self.record = self._record()

    @property
    def name(self) -> str:
        """Pinned: `name@1.0.0#9f3c21a`."""
        return f"{self.id}#{self.digest[:7]}"

    @property
    def fields(self) -> list[dict]:
        return self.identity["fields"]

    def _identity(self) -> dict:
        path = self.folder / "identity.json"
        text = _bytes(path)
        if hashlib.sha256(text).hexdigest() != self.digest:
            raise damaged("the identity does not agree with its digest", path)
        return _members(text, path, ("fields", "kind", "sequences", "time_axis"))

    def _record(self) -> dict:
        path = self.folder / "record.json"
        text = _bytes(path)
        body, mark, tail = text.rpartition(b',"~checksum":"')
        checksum = hashlib.sha256(body + b"}").hexdigest()
        if not mark or tail != f'{checksum}"}}\n'.encode():
            raise damaged("the record does not agree with its checksum", path)
        record = _members(text, path, ("default_plan", "format", "identity", "payload", "pieces", "source", "statistics"))
        if record["format"] != "stbank-record-1":
            raise StbankError("usage", f"the record's format is `{record['format']}`", str(path), "update the package")
        if record["identity"] != self.digest:
            raise damaged(f"the record belongs to {record['identity']}", path)
        return record

    def sequences(self) -> Iterator[dict]:
        """The sequences in stored order."""
        return self._lines("sequences.jsonl", self.identity["sequences"]["digest"])

    def pieces(self) -> Iterator[dict]:
        """Where the frames of each sequence lie, by field and stored order."""
        return self._lines("pieces.jsonl", self.record["pieces"])

    def _lines(self, name: str, digest: str) -> Iterator[dict]:
        path = self.folder / name
        text = _bytes(path)
        if hashlib.sha256(text).hexdigest() != digest:
            raise damaged("does not agree with its digest", path)
        for number, line in enumerate(text.splitlines()):
            try:
                yield json.loads(line)
            except ValueError:
                raise damaged(f"line {number + 1} is damaged", path) from None

    def payload_path(self, number: int) -> Path:
        file = self.record["payload"][number]
        return self.bank.folder / "objects" / file["sha256"] / file["name"]
