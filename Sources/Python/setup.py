"""What pyproject.toml cannot say: libstbank goes along where it was built, and then the wheel is for this machine only."""

import shutil
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py

LIBRARY = Path(__file__).resolve().parents[2] / ".build" / "release" / "libstbank-c.so"


class WithLibrary(Distribution):
    def has_ext_modules(self) -> bool:
        return LIBRARY.is_file()


class Build(build_py):
    def run(self) -> None:
        super().run()
        if LIBRARY.is_file() and not self.editable_mode:
            shutil.copyfile(LIBRARY, Path(self.build_lib) / "stbank" / "libstbank.so")


setup(distclass=WithLibrary, cmdclass={"build_py": Build})
