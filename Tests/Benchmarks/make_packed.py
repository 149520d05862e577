"""Makes packed raw files in the layout and size of the real ones: `python make_packed.py taxibj|odim FOLDER`.

`taxibj`: four yearly files of Beijing's flows (float64, 32 by 32, gzip 4, the authors' chunks). `odim`: composites of the
German weather service, a file every five minutes (uint16, 1200 by 1100, one chunk, gzip 6).
"""

import argparse
import pathlib
from datetime import datetime, timedelta

import h5py
import numpy as np

YEARS = {"BJ13": ("2013-07-01", 4888), "BJ14": ("2014-03-01", 4780), "BJ15": ("2015-03-01", 5596), "BJ16": ("2015-11-01", 7220)}
PROJECTION = "+proj=stere +lat_0=90 +lat_ts=60 +lon_0=10 +a=6378137 +b=6356752.3142451802"


def taxibj(folder: pathlib.Path, noise: np.random.Generator) -> None:
    places = noise.gamma(0.7, 90, (2, 32, 32))
    for name, (first, count) in YEARS.items():
        slots = np.arange(count)
        daily = 0.15 + np.clip(np.sin((slots % 48 - 14) * np.pi / 34), 0, 1)
        data = noise.poisson(places * daily[:, None, None, None]).astype("f8")
        begin = datetime.fromisoformat(first)
        dates = [f"{begin + timedelta(days=int(slot) // 48):%Y%m%d}{slot % 48 + 1:02}" for slot in slots]
        with h5py.File(folder / f"{name}_M32x32_T30_InOut.h5", "w") as file:
            packing = {"compression": "gzip", "compression_opts": 4}
            file.create_dataset("data", data=data, chunks=(count // 8, 1, 8, 8), **packing)
            file.create_dataset("date", data=np.array(dates, "S10"), chunks=(count // 8,), **packing)


def odim(folder: pathlib.Path, noise: np.random.Generator, count: int = 288) -> None:
    rows, columns = np.mgrid[0:1200, 0:1100]
    centres, sizes = noise.integers(0, 1100, (12, 2)), noise.integers(400, 4000, 12)
    for index in range(count):
        rain = sum(
            250 * np.exp(-((rows - y - 2 * index) ** 2 + (columns - x - index) ** 2) / size)
            for (y, x), size in zip(centres, sizes, strict=True)
        )
        cells = np.where(rain > 5, rain + noise.integers(0, 9, rain.shape), 0).astype("u2")
        cells[:200, :150] = 65535
        when = datetime(2025, 12, 3) + timedelta(minutes=5 * index)
        with h5py.File(folder / f"composite_rv_{when:%Y%m%d_%H%M}_000-hd5", "w") as file:
            describe(file, when)
            file.create_dataset("dataset1/data1/data", data=cells, chunks=cells.shape, compression="gzip", compression_opts=6)


def describe(file: h5py.File, when: datetime) -> None:
    day, time = f"{when:%Y%m%d}", f"{when:%H%M%S}"
    file.attrs["Conventions"] = np.bytes_("ODIM_H5/V2_3")
    groups = {
        "what": {"object": "COMP", "version": "H5rad 2.3", "date": day, "time": time, "source": "ORG:78"},
        "where": {"projdef": PROJECTION, "xsize": np.int64(1100), "ysize": np.int64(1200), "xscale": 1e3, "yscale": 1e3},
        "dataset1/what": {"product": "SURF", "startdate": day, "starttime": time, "enddate": day, "endtime": time},
        "dataset1/data1/what": {"quantity": "RATE", "gain": 0.1, "offset": 0.0, "nodata": 65535.0, "undetect": 0.0},
    }
    for group, attributes in groups.items():
        node = file.create_group(group)
        for key, item in attributes.items():
            node.attrs[key] = np.bytes_(item) if isinstance(item, str) else item


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("kind", choices=["taxibj", "odim"])
    arguments.add_argument("folder", type=pathlib.Path)
    options = arguments.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    {"taxibj": taxibj, "odim": odim}[options.kind](options.folder, np.random.default_rng(1))


if __name__ == "__main__":
    main()
