"""RainNet: RYDL (one dataset a time), RADOLAN plain and packed, ODIM, and the monthly set of that name."""

from datetime import datetime, timedelta
from pathlib import Path

import h5py
import numpy as np
from numpy.random import Generator, default_rng

from fields import blocks, storms
from files import gzipped, tarred

RADARS = "<asb,boo,ros,hnr,umd,pro,ess,fld,drs,neu,nhb,oft,eis,tur,isn,fbg,mem>"
SECONDARY, NO_DATA, NEGATIVE, CLUTTER = 0x1000, 0x2000, 0x4000, 0x8000


def times(first: datetime, count: int) -> list[datetime]:
    return [first + timedelta(minutes=5 * index) for index in range(count)]


def rain_depth(rng: Generator, frames: int, size: int) -> np.ndarray:
    """mm in 5 minutes, hundredths as the source has them."""
    return np.round(np.clip(storms(rng, frames, size, 8) - 0.08, 0, None) ** 1.6 * 4, 2)


def main(folder: Path) -> None:
    """Rainy hours in years of all three splits; one time left out in each but the first."""
    rng = default_rng(2006)
    spells = [(2012, 6, 40), (2013, 5, 36), (2014, 7, 32), (2015, 6, 24), (2016, 5, 32), (2017, 7, 24)]
    names = []
    with h5py.File(folder / "rydl.hdf5", "w") as file:
        for position, (year, month, count) in enumerate(spells):
            depth = rain_depth(rng, count, 48).astype(np.float32)
            for index, when in enumerate(times(datetime(year, month, 11, 14, 0), count)):
                if position and index == 3:
                    continue
                names.append(f"{when:%Y%m%d%H%M}")
                file.create_dataset(names[-1], data=depth[index], compression="gzip", compression_opts=6, shuffle=True)
    (folder / "RYDL_keys.txt").write_text(str(names))


def half_floats(folder: Path) -> None:
    """float16, contiguous, cells without data as NaN and some negative ones."""
    rng = default_rng(2007)
    with h5py.File(folder / "rydl.hdf5", "w") as file:
        for year in (2013, 2015, 2017):
            depth = rain_depth(rng, 13, 32).astype(np.float16)
            depth[:, :6, :5] = np.nan
            depth[4, 20, 20] = -0.01
            for index, when in enumerate(times(datetime(year, 7, 3, 23, 30), 13)):
                if index != 7:
                    file[f"{when:%Y%m%d%H%M}"] = depth[index]


def header(
    product: str, when: datetime, rows: int, columns: int, size: int, factor: str, minutes: int, more: str
) -> bytes:
    """The ASCII header with 0x03; BY counts it too."""
    body = f"VS 3SW   2.21.0PR E{factor}INT{minutes:>4}{more}GP{rows:>4}x{columns:>4}MS {len(RADARS):>2}{RADARS}"
    start = f"{product}{when:%d%H%M}10000{when:%m%y}BY"
    total = len(start) + 7 + len(body) + 1 + size
    return f"{start}{total:>7}{body}\x03".encode()


def two_bytes(
    value: np.ndarray, product: str, when: datetime, factor: int = -2, minutes: int = 5, more: str = ""
) -> bytes:
    """Cells with flags: a border without data, a part from a second source, clutter, some negative."""
    cells = np.clip(np.round(value * 10.0**-factor), 0, 4095).astype("<u2")
    rows, columns = cells.shape
    y, x = np.mgrid[0:rows, 0:columns]
    cells[: rows // 4] |= SECONDARY
    cells[rows // 2, columns // 3] |= CLUTTER
    cells[rows // 3, columns // 2] = 7 | NEGATIVE
    outside = np.hypot(y - rows / 2, x - columns / 2) > 0.56 * min(rows, columns)
    cells[outside] = 2500 | NO_DATA
    return header(product, when, rows, columns, cells.nbytes, f"{factor:+03}", minutes, more) + cells.tobytes()


def one_byte(value: np.ndarray, product: str, when: datetime) -> bytes:
    """Reflectivity: dBZ = v / 2 - 32.5; 250 no data, 249 clutter."""
    power = 10 * np.log10(256 * np.maximum(12 * value, 1e-3) ** 1.42)
    cells = np.clip(np.round(2 * (power + 32.5)), 0, 248).astype(np.uint8)
    cells[:, -3:] = 250
    cells[len(cells) // 2, 4:6] = 249
    return header(product, when, *cells.shape, cells.nbytes, "+00", 5, "") + cells.tobytes()


def name(product: str, when: datetime, version: str = "") -> str:
    return f"raa01-{product.lower()}{version}_10000-{when:%y%m%d%H%M}-dwd---bin"


def radolan(folder: Path) -> None:
    """RY, some files plain and some packed, one time missing."""
    depth = rain_depth(default_rng(2010), 19, 90)
    for index, when in enumerate(times(datetime(2016, 5, 29, 16, 0), 19)):
        if index == 11:
            continue
        content = two_bytes(depth[index], "RY", when)
        packed = index % 2 == 0
        (folder / (name("RY", when) + ".gz" * packed)).write_bytes(gzipped(content) if packed else content)


def yw(folder: Path) -> None:
    depth = rain_depth(default_rng(2011), 8, 110)[:, :, 10:100]
    for value, when in zip(depth, times(datetime(2017, 8, 16, 0, 55), 8)):
        content = gzipped(two_bytes(value, "YW", when, more="U0"))
        (folder / f"{name('YW', when, '2017.002')}.gz").write_bytes(content)


def rw(folder: Path) -> None:
    depth = rain_depth(default_rng(2012), 6, 90) * 6
    for index, value in enumerate(depth):
        when = datetime(2014, 8, 10, 18, 50) + timedelta(hours=index)
        (folder / f"{name('RW', when)}.gz").write_bytes(gzipped(two_bytes(value, "RW", when, -1, 60)))


def rz(folder: Path) -> None:
    depth = rain_depth(default_rng(2013), 4, 90)
    for value, when in zip(depth, times(datetime(2013, 6, 1, 6, 0), 4)):
        (folder / name("RZ", when)).write_bytes(two_bytes(value, "RZ", when, -3))


def reflectivity(product: str, rows: int, columns: int, first: datetime):
    def make(folder: Path) -> None:
        size = max(rows, columns)
        depth = rain_depth(default_rng(rows), 5, size)[:, :rows, :columns]
        for value, when in zip(depth, times(first, 5)):
            (folder / f"{name(product, when)}.gz").write_bytes(gzipped(one_byte(value, product, when)))

    return make


def rv(folder: Path) -> None:
    """Forecasts: archives of 25 lead times, header without INT but with VV."""
    rng = default_rng(2018)
    for start in (datetime(2018, 7, 1, 0, 0), datetime(2018, 7, 1, 0, 5)):
        members = {}
        for lead, value in enumerate(rain_depth(rng, 25, 60)[:, :, :55]):
            cells = np.round(value * 100).astype("<u2")
            cells[:, -4:] = 2500 | NO_DATA
            head = f"RV{start:%d%H%M}10000{start:%m%y}BY"
            tail = f"VS 5SW P300001HPR E-02INT   5GP  60x  55VV {5 * lead:03}MF 00000008MS{len(RADARS):>3}{RADARS}\x03"
            content = f"{head}{len(head) + 10 + len(tail) + cells.nbytes:>10}{tail}".encode() + cells.tobytes()
            members[f"DE1200_RV{start:%y%m%d%H%M}_{5 * lead:03}"] = content
        (folder / f"DE1200_RV{start:%y%m%d%H%M}.tar.bz2").write_bytes(tarred(members, "bz2"))


def archive(folder: Path) -> None:
    """A month: tar of daily tar.gz."""
    rng = default_rng(2019)
    days = {}
    for day in (16, 17):
        when_values = zip(times(datetime(2017, 8, day, 10, 0), 7), rain_depth(rng, 7, 90))
        members = {name("YW", when, "2017.002"): two_bytes(value, "YW", when, more="U0") for when, value in when_values}
        days[f"YW2017.002_201708{day}.tar.gz"] = tarred(members, "gz")
    (folder / "YW2017.002_201708.tar").write_bytes(tarred(days))


def odim(folder: Path) -> None:
    """uint16 in one chunk, row 0 in the north, nodata and undetect apart."""
    rate = rain_depth(default_rng(2025), 6, 60)[:, :, :55] * 12
    for value, when in zip(rate, times(datetime(2025, 12, 3, 7, 0), 6)):
        cells = np.round(value * 10).astype(np.uint16)[::-1]
        cells[:4, :7] = 65535
        with h5py.File(folder / f"composite_rv_{when:%Y%m%d_%H%M}_000-hd5", "w") as file:
            file.attrs["Conventions"] = np.bytes_("ODIM_H5/V2_3")
            for group, attributes in {
                "what": dict(
                    object="COMP", version="H5rad 2.3", date=f"{when:%Y%m%d}", time=f"{when:%H%M%S}", source="ORG:78"
                ),
                "where": dict(
                    projdef="+proj=stere +lat_0=90 +lat_ts=60 +lon_0=10 +a=6378137 +b=6356752.3142451802",
                    xsize=np.int64(55),
                    ysize=np.int64(60),
                    xscale=1000.0,
                    yscale=1000.0,
                ),
                "dataset1/what": dict(
                    product="SURF",
                    startdate=f"{when:%Y%m%d}",
                    starttime=f"{when:%H%M%S}",
                    enddate=f"{when:%Y%m%d}",
                    endtime=f"{when:%H%M%S}",
                ),
                "dataset1/data1/what": dict(quantity="RATE", gain=0.1, offset=0.0, nodata=65535.0, undetect=0.0),
            }.items():
                node = file.create_group(group)
                for key, item in attributes.items():
                    node.attrs[key] = np.bytes_(item) if isinstance(item, str) else item
            file.create_dataset(
                "dataset1/data1/data", data=cells, chunks=cells.shape, compression="gzip", compression_opts=4
            )


def chen(folder: Path) -> None:
    """Months of hourly frames, coarse and three times finer, time last, not compressed."""
    rng = default_rng(2022)
    for year, month in ((2012, 7), (2014, 8), (2016, 9)):
        fine = np.clip(storms(rng, 16, 24, 6) * 40, 0, 140)
        with h5py.File(folder / f"{year}_{month:02}.hdf5", "w") as file:
            file["highres"] = np.ascontiguousarray(np.moveaxis(fine, 0, -1))
            file["lowres"] = np.ascontiguousarray(np.moveaxis(blocks(fine, 3), 0, -1))


def chen_patches(folder: Path) -> None:
    rng = default_rng(2023)
    with h5py.File(folder / "patches.hdf5", "w") as file:
        for index in range(12):
            fine = np.clip(storms(rng, 2, 24, 6) * 40, 0, 140) / 140
            file[f"{index}hr"], file[f"{index}lr"] = fine, blocks(fine, 3)
        file["__len__"] = 12


VARIANTS = {
    "rainnet": main,
    "rainnet-float16": half_floats,
    "rainnet-radolan": radolan,
    "rainnet-yw": yw,
    "rainnet-rw": rw,
    "rainnet-rz": rz,
    "rainnet-rx": reflectivity("RX", 90, 90, datetime(2014, 8, 10, 20, 50)),
    "rainnet-wx": reflectivity("WX", 110, 90, datetime(2017, 5, 10, 20, 50)),
    "rainnet-ex": reflectivity("EX", 150, 140, datetime(2015, 3, 24, 10, 0)),
    "rainnet-rv": rv,
    "rainnet-tar": archive,
    "rainnet-odim": odim,
    "rainnet-chen": chen,
    "rainnet-chen-patches": chen_patches,
}
