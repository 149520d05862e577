"""The Python package as pip installs it, away from the repository."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cases import REPOSITORY
from made_bank import random_set, write

SHOW = "import stbank; s = stbank.open('rain', {bank!r}, batch_size=2); print(s.backend, stbank.__file__, len(next(s).inputs))"


def install(folder: Path, library: str | None) -> Path:
    """A copy of the package's source, with the library built or not, installed to a folder."""
    source = folder / "Sources" / "Python"
    shutil.copytree(REPOSITORY / "Sources" / "Python", source, ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__"))
    if library:
        (folder / ".build" / "release").mkdir(parents=True)
        (folder / ".build" / "release" / "libstbank-c.so").symlink_to(library)
    target = folder / "installed"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    done = subprocess.run([*command, "--target", str(target), str(source)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    shutil.rmtree(folder / "Sources")
    return target


def show(target: Path, bank: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if key not in ("STBANK_LIBRARY", "PYTHONPATH")}
    command = [sys.executable, "-c", SHOW.format(bank=str(bank))]
    variables = kept | {"PYTHONPATH": str(target)} | environment
    return subprocess.run(command, env=variables, cwd=target, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize("has_library", [True, False])
def test_an_installed_package_brings_the_library_where_it_was_built(has_library: bool, tmp_path: Path) -> None:
    library = os.environ["STBANK_LIBRARY"]
    target = install(tmp_path, library if has_library else None)
    assert (target / "stbank" / "libstbank.so").is_file() == has_library
    write(tmp_path / "bank", random_set("rain", 3))
    done = show(target, tmp_path / "bank")
    assert done.returncode == 0, done.stderr
    backend, file, count = done.stdout.split()
    assert Path(file).parent == target / "stbank" and count == "2"
    assert backend == ("native" if has_library else "numpy")
    assert ("slower" in done.stderr) == (not has_library)
    # Named, it is taken from anywhere.
    assert show(target, tmp_path / "bank", STBANK_LIBRARY=library).stdout.split()[0] == "native"
