"""TaxiBJ: yearly HDF5 files with holes, weather and holidays; its sibling of New York; arrays made from it."""

from datetime import date, datetime, timedelta
from pathlib import Path

import h5py
import numpy as np
from numpy.random import Generator, default_rng

from fields import blocks, traffic

MONDAY = datetime(2013, 7, 1)
HOLIDAYS = [
    "20130919",
    "20130920",
    "20130921",
    "20140501",
    "20140502",
    "20140503",
    "20150501",
    "20150502",
    "20150503",
    "20160101",
    "20160102",
    "20160103",
    "20160207",
    "20160208",
    "20160209",
    "20160210",
]


def slots_of(days: list[date], steps: int = 48) -> np.ndarray:
    """Slots since a Monday midnight, all of each day."""
    first = np.array([(day - MONDAY.date()).days * steps for day in days])
    return (first[:, None] + np.arange(steps)).ravel()


def days_of(first: str, last: str, without: tuple[str, ...] = ()) -> list[date]:
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    days = [begin + timedelta(days=index) for index in range((end - begin).days + 1)]
    return [day for day in days if day.isoformat() not in without]


def labels(slots: np.ndarray, steps: int = 48, first: int = 1) -> list[str]:
    """`YYYYMMDDSS` of slots since a Monday midnight; SS counts from `first`."""
    return [f"{MONDAY + timedelta(days=int(slot // steps)):%Y%m%d}{slot % steps + first:02}" for slot in slots]


def holiday(slots: np.ndarray) -> np.ndarray:
    return np.array([label[:8] in HOLIDAYS for label in labels(slots)])


def write(path: Path, data: np.ndarray, dates: list[str], tile: int) -> None:
    """As the authors' tool wrote it: chunks of an eighth of all slots and a small tile, gzip 4."""
    count = max(1, len(data) // 8)
    with h5py.File(path, "w") as file:
        options = dict(compression="gzip", compression_opts=4)
        file.create_dataset("data", data=data, chunks=(count, 1, tile, tile), **options)
        file.create_dataset("date", data=np.array(dates, "S10"), chunks=(count,), **options)


def years(rng: Generator, size: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Slots and flows of each file. Days are missing, some are cut short; the last 56 days end 2016-04-10."""
    winter = tuple(f"2016-02-{day:02}" for day in (18, 19, 24, 27)) + (
        "2016-03-05",
        "2016-03-18",
        "2016-03-19",
        "2016-04-02",
    )
    spans = {
        "BJ13": days_of("2013-07-01", "2013-07-14"),
        "BJ14": days_of("2014-04-24", "2014-05-06", ("2014-04-29",)),
        "BJ15": days_of("2015-04-27", "2015-05-10"),
        "BJ16": days_of("2016-02-09", "2016-04-10", winter),
    }
    result = {}
    for name, days in spans.items():
        slots = slots_of(days)
        keep = np.ones(len(slots), bool)
        for day in rng.choice(len(days) - 2, 2, replace=False) + 1:
            begin = 48 * day + int(rng.integers(4, 30))
            keep[begin : begin + int(rng.integers(1, 12))] = False
        flows = traffic(rng, slots, size, holiday(slots))
        result[name] = slots[keep], flows[keep]
    return result


def main(folder: Path) -> None:
    rng = default_rng(20130701)
    size, seen = 16, []
    for name, (slots, flows) in years(rng, size).items():
        write(folder / f"{name}_M{size}x{size}_T30_InOut.h5", flows, labels(slots), 4)
        seen.append(slots)
    weather(folder / "BJ_Meteorology.h5", rng, np.unique(np.concatenate([np.arange(s[0], s[-1] + 1) for s in seen])))
    (folder / "BJ_Holiday.txt").write_text("".join(f"{day}\n" for day in HOLIDAYS))


def weather(path: Path, rng: Generator, slots: np.ndarray) -> None:
    day = slots / 48
    temperature = 13 - 14 * np.cos(2 * np.pi * (day + 165) / 365) + 4 * np.sin(2 * np.pi * (day - 0.4))
    kind = np.repeat(rng.choice(17, len(slots) // 6 + 1, p=np.r_[0.5, 0.2, np.full(15, 0.02)]), 6)[: len(slots)]
    with h5py.File(path, "w") as file:
        file["date"] = np.array(labels(slots), "S10")
        file["Temperature"] = np.round(temperature + rng.normal(0, 0.6, len(slots)), 1)
        file["WindSpeed"] = np.round(rng.gamma(2, 3, len(slots)), 1)
        file.create_dataset("Weather", data=np.eye(17)[kind], compression="gzip")


def new_york(folder: Path) -> None:
    """Slots 00 to 23, not in order, with whole days twice."""
    rng = default_rng(20100101)
    for year, days in ((10, days_of("2010-02-01", "2010-02-27")), (13, days_of("2013-01-01", "2013-01-25"))):
        slots = slots_of(days, 24)
        flows = traffic(rng, slots * 2, 8, np.zeros(len(slots), bool))
        flows = np.concatenate([flows, flows], axis=2)
        order = np.arange(len(slots)).reshape(-1, 24)
        order = np.concatenate([order[20:], order[5:8], order[:20]]).ravel()
        write(folder / f"NYC{year}_Taxi_M16x8_T60_InOut.h5", flows[order], labels(slots[order], 24, 0), 2)


def fine(rng: Generator, samples: int, frames: int, size: int) -> np.ndarray:
    """(sample, frame, 2, size, size), samples one behind the other in time."""
    slots = np.arange(samples + frames) + 6 * 48
    flows = traffic(rng, slots, size, np.zeros(len(slots), bool), 4)
    return np.stack([flows[index : index + frames] for index in range(samples)])


def plus(folder: Path) -> None:
    """TaxiBJ+ as STRN keeps it: 12 frames times 2 flows on one axis."""
    rng = default_rng(20210101)
    for split, samples in (("train", 5), ("valid", 1), ("test", 1)):
        place = folder / "TaxiBJ" / split
        place.mkdir(parents=True)
        data = fine(rng, samples, 24, 12).astype(np.float32)
        np.save(place / "X_c.npy", data[:, :12].reshape(samples, 24, 12, 12))
        np.save(place / "Y.npy", data[:, 12:].reshape(samples, 24, 12, 12))


def plus_reshaped(folder: Path) -> None:
    rng = default_rng(20210102)
    for split, samples in (("train", 5), ("valid", 1), ("test", 1)):
        data = fine(rng, samples, 24, 12).astype(np.float32)
        np.save(folder / f"{split}_input_data_reshaped.npy", data[:, :12])
        np.save(folder / f"{split}_output_data_reshaped.npy", data[:, 12:])


def urbanfm(folder: Path) -> None:
    """One flow without a channel axis, coarse and fine, for four periods."""
    rng = default_rng(20190101)
    for period in range(1, 5):
        for split, samples in (("train", 6), ("valid", 3), ("test", 3)):
            place = folder / f"P{period}" / split
            place.mkdir(parents=True)
            flow = fine(rng, samples, 1, 16)[:, 0, 0]
            np.save(place / "Y.npy", flow)
            np.save(place / "X.npy", blocks(flow, 4, np.sum))
            np.save(place / "ext.npy", np.round(rng.normal(0, 1, (samples, 7)), 3))


def openstl(folder: Path) -> None:
    """Four frames to four, scaled to -1..1."""
    rng = default_rng(20220101)
    parts = {}
    for split, samples in (("train", 30), ("test", 8)):
        data = (np.minimum(fine(rng, samples, 8, 16), 60) / 30 - 1).astype(np.float32)
        parts |= {f"X_{split}": data[:, :4], f"Y_{split}": data[:, 4:]}
    np.savez_compressed(folder / "dataset.npz", **parts)


def predbench(folder: Path) -> None:
    rng = default_rng(20230101)
    for split, samples in (("train", 8), ("val", 3), ("test", 3)):
        np.save(folder / f"{split}.npy", (fine(rng, samples, 8, 16) / 1250).astype(np.float32))


def dltraff(folder: Path) -> None:
    """Complete days, channels last, no times."""
    rng = default_rng(20200201)
    for year, days in ((13, 2), (14, 1), (15, 1), (16, 2)):
        slots = np.arange(48 * days)
        flows = traffic(rng, slots, 8, np.zeros(len(slots), bool))
        np.save(folder / f"TaxiBJ{year}.npy", np.ascontiguousarray(np.moveaxis(flows, 1, -1)))


def pickled(folder: Path) -> None:
    """The labels beside DL-Traff's arrays, a pickle inside the npy: to be refused."""
    lists = np.empty(4, object)
    for index in range(4):
        lists[index] = [label.encode() for label in labels(np.arange(96) + 17520 * index)]
    np.save(folder / "TaxiBJ_timestamps.npy", lists, allow_pickle=True)


VARIANTS = {
    "taxibj": main,
    "taxibj-nyc": new_york,
    "taxibj-plus": plus,
    "taxibj-plus-reshaped": plus_reshaped,
    "taxibj-urbanfm": urbanfm,
    "taxibj-openstl": openstl,
    "taxibj-predbench": predbench,
    "taxibj-dltraff": dltraff,
    "taxibj-pickled": pickled,
}
