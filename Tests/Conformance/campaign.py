"""What the tests of crashes, damage and hostile files share."""

import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cases import REPOSITORY
from conftest import STBANK, Bank

SOAK = os.environ.get("STBANK_SOAK") == "1"
SAMPLES = REPOSITORY / "sample-data"
# No command of these tests has work for longer, on a slow machine under load.
PATIENCE = 600 if SOAK else 60

DONE, FAILED, USAGE, DAMAGED = 0, 1, 64, 65
KILLED = -9

# What the Swift runtime says when it ends a process.
CRASH_SIGNS = ("Fatal error", "Program crashed", "Illegal instruction", "💣", "Crashed", "*** Signal", "stack dump")


def pairs(first: Iterable[str], second: Iterable[str], share: int = 3) -> list[tuple[str, str]]:
    """All pairs in soak; else a part of them in which each of both occurs."""
    several = list(second)
    return [
        (one, other)
        for row, one in enumerate(first)
        for column, other in enumerate(several)
        if SOAK or (row + column) % share == 0
    ]


def command(bank: Bank, *words: object) -> list[str]:
    return [str(STBANK), *map(str, words), "--bank", str(bank.folder)]


def surroundings(fault: str | None = None, **more: str) -> dict[str, str]:
    return {**os.environ, **({"STBANK_FAULT": fault} if fault else {}), **more}


def attempt(bank: Bank, *words: object, fault: str | None = None) -> subprocess.CompletedProcess[str]:
    """Runs stbank, which may fail but neither hang nor crash; only a fault of `kill` may end it by a signal."""
    done = subprocess.run(
        command(bank, *words),
        capture_output=True,
        text=True,
        errors="backslashreplace",
        timeout=PATIENCE,
        env=surroundings(fault),
    )
    if not (fault or "").startswith("kill"):
        assert_is_orderly(done)
    return done


def assert_is_orderly(done: subprocess.CompletedProcess[str]) -> None:
    """stbank ended by itself, with one of its exit codes, and wrote nothing that disturbs a terminal."""
    said = f"{' '.join(done.args)}\nexit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
    assert done.returncode in (DONE, FAILED, USAGE, DAMAGED, 75), said
    assert not any(sign in done.stderr for sign in CRASH_SIGNS), said
    strange = {character for character in done.stderr if ord(character) < 32 and character not in "\n\t"}
    assert not strange, f"control characters {strange} in\n{said!r}"


def ingest(
    bank: Bank,
    format: str,
    *paths: object,
    name: str = "it",
    fault: str | None = None,
    settings: dict[str, str] = {},
    flags: tuple[str, ...] = (),
) -> subprocess.CompletedProcess[str]:
    return attempt(bank, *ingest_words(format, *paths, name=name, settings=settings, flags=flags), fault=fault)


def ingest_words(
    format: str, *paths: object, name: str = "it", settings: dict[str, str] = {}, flags: tuple[str, ...] = ()
) -> list[object]:
    options = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    return ["ingest", format, *paths, "--as", name, *options, *flags, "--json"]


def answer(done: subprocess.CompletedProcess[str]) -> dict:
    """The object that a successful `ingest --json` prints last."""
    assert done.returncode == DONE, f"{' '.join(done.args)}\nexit {done.returncode}\n{done.stdout}{done.stderr}"
    return json.loads(done.stdout.splitlines()[-1])


def listed(bank: Bank) -> list[dict]:
    done = attempt(bank, "list", "--json")
    assert done.returncode == DONE, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def assert_verifies(bank: Bank, *words: str) -> None:
    done = attempt(bank, "verify", *words)
    assert done.returncode == DONE, f"exit {done.returncode}\n{done.stdout}{done.stderr}"


def assert_holds_nothing(bank: Bank) -> None:
    """No data set is published, named or half there."""
    for part in ("refs", "manifests", "objects", "builds"):
        left = list((bank.folder / part).rglob("*"))
        assert left == [], f"{left} in a bank that should hold nothing"


def assert_staging_is_empty(bank: Bank) -> None:
    left = sorted(path.name for path in (bank.folder / "staging").iterdir())
    assert left == [], f"{left} in staging"


def assert_refused(done: subprocess.CompletedProcess[str], *named: str, code: tuple[int, ...] = (DAMAGED,)) -> None:
    """The input was refused with a message that names each of `named`."""
    said = f"{' '.join(done.args)}\nexit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
    assert done.returncode in code, said
    assert "stbank: error: " in done.stderr, said
    for name in named:
        assert name in done.stderr, f"`{name}` is not named in\n{said}"


@contextmanager
def changed(path: Path, content: bytes) -> Iterator[None]:
    """Other bytes in a file for a while."""
    before = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(content)
    try:
        yield
    finally:
        path.write_bytes(before)


@contextmanager
def flipped(path: Path, position: int, bit: int) -> Iterator[None]:
    """One bit of a file turned over for a while."""
    with open(path, "rb") as file:
        file.seek(position)
        byte = file.read(1)[0]
    path.chmod(0o644)

    def put(value: int) -> None:
        with open(path, "r+b") as file:
            file.seek(position)
            file.write(bytes([value]))

    put(byte ^ (1 << bit))
    try:
        yield
    finally:
        put(byte)
