"""`stbank doctor` says what is there, in which version, what is missing and how to get it."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from campaign import DONE, FAILED, SAMPLES, ingest
from conftest import STBANK, Bank

LIBRARIES = ["HDF5", "netCDF", "FFmpeg", "libpng", "libjpeg-turbo API", "matio", "libarchive"]
FORMATS = ["sevir", "taxibj", "kth", "rainnet", "pd", "firesys", "netcdf", "array"]


def doctor(bank: Bank, code: int = DONE, **surroundings: object) -> dict[str, dict]:
    """What it finds, by name; the same in words for people."""
    words = [str(STBANK), "doctor", "--bank", str(bank.folder)]
    set_of = {**os.environ, **{key: str(value) for key, value in surroundings.items()}}
    told = subprocess.run(words, capture_output=True, text=True, timeout=60, env=set_of, cwd=bank.folder.parent)
    done = subprocess.run([*words, "--json"], capture_output=True, text=True, timeout=60, env=set_of, cwd=bank.folder.parent)
    assert (told.returncode, done.returncode) == (code, code), told.stdout + told.stderr
    findings = [json.loads(line) for line in done.stdout.splitlines()]
    for finding in findings:
        mark = "ok" if finding["is_found"] else "without" if finding["is_optional"] else "missing"
        assert f"{mark:8} {finding['what']}: " in told.stdout, told.stdout
    return {finding["what"]: finding for finding in findings}


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_versions_and_formats_are_told(new_bank: Bank) -> None:
    found = doctor(new_bank)
    for name in ("stbank", "swift", "libcrypto"):
        assert re.search(rf"\b{name} \d+\.\d", found["stbank"]["detail"])
    for name in LIBRARIES:
        assert re.search(rf"\b{name} \d", found["stbank-read"]["detail"]), name
    assert ", ".join(FORMATS) in found["stbank-read"]["detail"]
    assert "GiB free" in found["disk"]["detail"]
    assert found["processors"]["is_found"]


def test_a_bank_is_counted_and_none_is_no_fault(new_bank: Bank) -> None:
    assert "none yet" in doctor(new_bank)["bank"]["detail"]
    assert ingest(new_bank, "pd", SAMPLES / "pd-gif").returncode == DONE
    assert "1 data sets" in doctor(new_bank)["bank"]["detail"]


@pytest.mark.parametrize(
    "text, told", [("{", "is not the description of a bank"), ('{"format":"stbank","uuid":"x","version":99}', "update it")]
)
def test_a_bank_that_cannot_be_opened_is_a_fault(text: str, told: str, new_bank: Bank) -> None:
    new_bank.folder.mkdir()
    (new_bank.folder / "bank.json").write_text(text)
    bank = doctor(new_bank, FAILED)["bank"]
    assert not bank["is_found"] and told in bank["detail"] and str(new_bank.folder) in bank["detail"]


def test_a_missing_reader_is_a_fault(new_bank: Bank, tmp_path: Path) -> None:
    reader = doctor(new_bank, FAILED, STBANK_READ=tmp_path / "nowhere")["stbank-read"]
    assert not reader["is_found"] and "nowhere" in reader["detail"] and "make" in reader["detail"]


def test_a_reader_without_its_libraries_is_a_fault_that_names_them(new_bank: Bank, tmp_path: Path) -> None:
    words = "error while loading shared libraries: libmatio.so.11: cannot open shared object file"
    broken = script(tmp_path / "broken", f"echo '{words}' >&2\nexit 127")
    reader = doctor(new_bank, FAILED, STBANK_READ=broken)["stbank-read"]
    assert not reader["is_found"] and "libmatio.so.11" in reader["detail"] and "make setup" in reader["detail"]


def test_learning_is_optional_and_doctor_says_how_to_get_it(new_bank: Bank, tmp_path: Path) -> None:
    learning = doctor(new_bank, STBANK_LEARN=tmp_path / "nowhere")["stbank-learn"]
    assert not learning["is_found"] and learning["is_optional"]
    assert "make setup" in learning["detail"] and "LIBTORCH" in learning["detail"]
    broken = script(tmp_path / "broken", "echo 'libtorch_cpu.so: cannot open shared object file' >&2\nexit 127")
    learning = doctor(new_bank, STBANK_LEARN=broken)["stbank-learn"]
    assert not learning["is_found"] and "libtorch_cpu.so" in learning["detail"] and "make setup" in learning["detail"]
