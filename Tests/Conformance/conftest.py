"""Runs stbank on every case once; says at the top which raw data are not there."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Fixtures"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Sources" / "Python"))

from cases import CASES, REPOSITORY, ROOTS, Case  # noqa: E402

STBANK = Path(os.environ.get("STBANK") or REPOSITORY / ".build" / "release" / "stbank")
# The library of the program under test; the package then takes no other.
for name in ("libstbank.so", "libstbank-c.so"):
    if (STBANK.parent / name).is_file():
        os.environ.setdefault("STBANK_LIBRARY", str((STBANK.parent / name).resolve()))
REAL_ABSENT = (
    ""
    if ROOTS["real"].is_dir()
    else (f"real data: NOT RUN, no folder {ROOTS['real']}; STBANK_REAL_DATA names another place")
)
ALL_CASES = [f"{kind}/{name}" for kind, cases in CASES.items() for name in cases]


def pytest_report_header() -> list[str]:
    return [f"stbank: {STBANK}", REAL_ABSENT or f"real data: {ROOTS['real']}"]


@dataclass
class Bank:
    folder: Path

    def run(self, *words: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = [str(STBANK), *map(str, words), "--bank", str(self.folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if check and done.returncode != 0:
            pytest.fail(f"{' '.join(command)}\nexit {done.returncode}\n{done.stdout}{done.stderr}", pytrace=False)
        return done

    def ingest(self, format: str, paths: list[Path], name: str, settings: dict[str, str] = {}, *more: str) -> dict:
        """The last line that `ingest --json` prints."""
        options = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
        done = self.run("ingest", format, *paths, "--as", name, *options, *more, "--json")
        return json.loads(done.stdout.splitlines()[-1])

    def export(self, id: str, file: Path, *more: str) -> Path:
        self.run("export", id, "-o", file, *more)
        return file

    def frames(self, id: str, folder: Path, *more: str) -> dict[str, np.ndarray]:
        with np.load(self.export(id, folder / "export.npz", *more)) as arrays:
            return dict(arrays)

    def digest(self, id: str) -> str:
        name, version = id.split("@")
        return (self.folder / "refs" / name / version).read_text().strip()

    def manifest(self, id: str, part: str) -> Path:
        """The file `identity.json` or `record.json` of a data set."""
        return self.folder / "manifests" / self.digest(id) / f"{part}.json"

    def payload(self, id: str) -> list[tuple[str, Path]]:
        """Variable and file of each payload file of a data set, in the order of its record."""
        files = json.loads(self.manifest(id, "record").read_text())["payload"]
        return [(file["variable"], self.folder / "objects" / file["sha256"] / file["name"]) for file in files]


def raw_paths(kind: str, case: Case) -> list[Path]:
    return [ROOTS[kind] / path for path in case.paths]


def read_expected(kind: str, name: str) -> dict:
    return json.loads((REPOSITORY / "Tests" / "Fixtures" / "expected" / kind / f"{name}.json").read_text())


@pytest.fixture(scope="session")
def stbank() -> Path:
    if not STBANK.exists():
        pytest.fail(f"no {STBANK}: `swift build -c release` first, or name the program by STBANK", pytrace=False)
    return STBANK


@pytest.fixture(scope="session")
def bank(stbank: Path, tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """One bank for the whole session."""
    return Bank(tmp_path_factory.mktemp("bank"))


@pytest.fixture
def new_bank(stbank: Path, tmp_path: Path) -> Bank:
    return Bank(tmp_path / "bank")


@dataclass
class Ingested:
    kind: str
    name: str
    case: Case
    expected: dict
    id: str


@pytest.fixture(scope="session", params=ALL_CASES)
def ingested(request: pytest.FixtureRequest, bank: Bank) -> Ingested:
    """Each case of sample and real data, in the bank."""
    kind, name = request.param.split("/")
    if kind == "real" and REAL_ABSENT:
        pytest.skip(REAL_ABSENT)
    case = CASES[kind][name]
    answer = bank.ingest(case.format, raw_paths(kind, case), f"{kind}-{name}".lower().replace("_", "-"), case.settings)
    return Ingested(kind, name, case, read_expected(kind, name), answer["id"])
