"""Makes sample-data anew: `python sample-data/make/all.py [FOLDER…]`. Says what it writes."""

import importlib
import sys
from pathlib import Path

from files import empty

FORMATS = ["sevir", "taxibj", "kth", "rainnet", "pd", "firesys", "netcdf", "arrays"]


def main(wanted: list[str]) -> None:
    root = Path(__file__).resolve().parent.parent
    variants = {name: make for format in FORMATS for name, make in importlib.import_module(format).VARIANTS.items()}
    unknown = set(wanted) - set(variants)
    if unknown:
        sys.exit(f"no such folder: {', '.join(sorted(unknown))}; there are {', '.join(variants)}")
    for name in wanted or variants:
        folder = empty(root / name)
        variants[name](folder)
        files = [file for file in folder.rglob("*") if file.is_file()]
        print(f"{name}: {len(files)} files, {sum(file.stat().st_size for file in files):,} bytes", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
