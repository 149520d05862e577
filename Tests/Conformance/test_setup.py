"""`make setup` is quick when nothing is missing, installs only what is, and says what it would need when it may not."""

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from cases import REPOSITORY

PACKAGES = (REPOSITORY / ".setup" / "packages").read_text().split()
# What the script may call of the system; everything else stands in for the real program and notes that it was called.
TOOLS = ["bash", "awk", "cat", "dirname", "echo", "env", "ln", "readlink", "sha256sum", "tr", "xargs"]


@dataclass
class Machine:
    """A checkout on a machine whose programs only note down that they were called."""

    folder: Path

    def __post_init__(self) -> None:
        checkout = self.folder / "checkout"
        shutil.copytree(REPOSITORY / ".setup", checkout / ".setup")
        (checkout / "Tests").mkdir()
        shutil.copy(REPOSITORY / "Tests" / "requirements.txt", checkout / "Tests")
        self.programs.mkdir()
        for tool in TOOLS:
            (self.programs / tool).symlink_to(shutil.which(tool))
        self.put("apt-get", "exit 0")

    @property
    def programs(self) -> Path:
        return self.folder / "programs"

    @property
    def venv(self) -> Path:
        return self.folder / "checkout" / ".venv"

    def put(self, name: str, script: str, at: Path | None = None) -> None:
        path = (at or self.programs) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!/bin/bash\necho "{name} $*" >>{self.folder}/calls\n{script}\n')
        path.chmod(0o755)

    def has_packages(self, names: list[str]) -> None:
        lines = "\n".join(f"{name} installed" for name in names)
        self.put("dpkg-query", f"cat <<'END'\n{lines}\nEND")

    def user(self, number: int, may_sudo: bool = False) -> None:
        self.put("id", f"echo {number}")
        self.put("sudo", f"[ $1 = -n ] && exit {int(not may_sudo)}\nexec $*")

    def has_python(self, is_current: bool = True) -> None:
        """A .venv with libtorch, whose pip does nothing."""
        (self.venv / "lib" / "python3.11" / "site-packages" / "torch" / "lib").mkdir(parents=True)
        self.put("pip", "exit 0", self.venv / "bin")
        wanted = hashlib.sha256((self.folder / "checkout" / "Tests" / "requirements.txt").read_bytes()).hexdigest()
        (self.venv / "requirements.sha256").write_text(f"{wanted if is_current else '0' * 64}  -\n")

    def setup(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.folder / "checkout" / ".setup" / "install"],
            capture_output=True,
            text=True,
            timeout=60,
            env={"PATH": str(self.programs)},
        )

    @property
    def installing(self) -> list[str]:
        """Calls that would change the machine."""
        path = self.folder / "calls"
        lines = path.read_text().splitlines() if path.exists() else []
        return [line for line in lines if line.split()[0] in ("apt-get", "pip", "python3")]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_nothing_is_done_when_nothing_is_missing(machine: Machine) -> None:
    machine.has_packages(PACKAGES)
    machine.has_python()
    machine.user(1000)
    before = os.times()
    done = machine.setup()
    after = os.times()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert machine.installing == []
    assert sum(after[2:4]) - sum(before[2:4]) < 1
    assert (machine.folder / "checkout" / ".libtorch" / "lib").is_dir()


def test_only_what_is_missing_is_installed(machine: Machine) -> None:
    machine.has_packages(PACKAGES[2:])
    machine.has_python()
    machine.user(0)
    done = machine.setup()
    assert done.returncode == 0, done.stderr
    assert f"missing packages: {' '.join(PACKAGES[:2])}\n" in done.stdout
    assert machine.installing == [f"apt-get install -y --no-install-recommends {' '.join(PACKAGES[:2])}"]


def test_sudo_serves_whoever_may_use_it(machine: Machine) -> None:
    machine.has_packages(PACKAGES[1:])
    machine.has_python()
    machine.user(1000, may_sudo=True)
    assert machine.setup().returncode == 0
    assert machine.installing == [f"apt-get install -y --no-install-recommends {PACKAGES[0]}"]


def test_who_may_not_install_is_told_what_is_needed(machine: Machine) -> None:
    machine.has_packages(PACKAGES[3:])
    machine.user(1000)
    done = machine.setup()
    assert done.returncode == 1
    assert machine.installing == []
    missing = " ".join(PACKAGES[:3])
    assert f"please run: sudo apt-get install -y --no-install-recommends {missing}\n" in done.stderr
    assert PACKAGES[3] not in done.stderr
    assert "Tests/requirements.txt" in done.stderr and "GB" in done.stderr


def test_new_requirements_are_installed_once_and_their_size_is_told(machine: Machine) -> None:
    machine.has_packages(PACKAGES)
    machine.has_python(is_current=False)
    machine.user(1000)
    done = machine.setup()
    assert done.returncode == 0, done.stderr
    assert "torch is" in done.stdout and "GB" in done.stdout
    assert len(machine.installing) == 1 and machine.installing[0].endswith("-r Tests/requirements.txt")
    assert machine.setup().stdout == ""
    assert len(machine.installing) == 1


def test_a_pip_that_fails_is_not_taken_for_done(machine: Machine) -> None:
    machine.has_packages(PACKAGES)
    machine.has_python(is_current=False)
    machine.put("pip", "exit 1", machine.venv / "bin")
    machine.user(1000)
    for _ in range(2):
        done = machine.setup()
        assert done.returncode == 1
        assert "Tests/requirements.txt" in done.stderr
    assert len(machine.installing) == 2


def test_another_system_is_told_what_to_have(machine: Machine) -> None:
    machine.has_python()
    machine.user(1000)
    done = machine.setup()
    assert done.returncode == 0, done.stderr
    assert "no Debian" in done.stderr and all(package in done.stderr for package in PACKAGES)


def test_without_libtorch_there_is_an_error(machine: Machine) -> None:
    machine.has_packages(PACKAGES)
    machine.has_python()
    shutil.rmtree(machine.venv / "lib")
    machine.user(1000)
    done = machine.setup()
    assert done.returncode == 1 and "no libtorch" in done.stderr
