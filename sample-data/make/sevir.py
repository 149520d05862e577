"""SEVIR: catalogue and one HDF5 file for each type and period, time last; its extracts."""

import csv
import struct
import time
from datetime import datetime, timedelta
from pathlib import Path

import h5py
import numpy as np
from numpy.random import Generator, default_rng

from fields import blocks, storms, texture
from files import tarred

FRAMES = 49
COLUMNS = (
    "id file_name file_index img_type time_utc minute_offsets episode_id event_id event_type llcrnrlat llcrnrlon "
    "urcrnrlat urcrnrlon proj size_x size_y height_m width_m data_min data_max pct_missing"
).split()
PROJECTION = "+proj=laea +lat_0=38 +lon_0=-98 +units=m +a=6370997.0 +ellps=sphere "
KINDS = ["Hail", "Thunderstorm Wind", "Flash Flood", "Tornado", "Heavy Rain", "Flood"]


def vil_codes(rain: np.ndarray, rng: Generator) -> np.ndarray:
    """Codes 0 to 254 of a rain of about 0 to 1.5; faint returns are 2 to 5, code 1 never occurs."""
    haze = texture(rng, *rain.shape, (0.3, 0.3), 0.03)
    codes = np.where(rain > 0.02, 6 + 248 * (1 - np.exp(-1.6 * rain)), np.where(haze > 0.7, 2 + np.clip(haze, 0, 3), 0))
    return np.clip(codes, 0, 254).astype(np.uint8)


def temperatures(rain: np.ndarray, top: float, depth: float) -> np.ndarray:
    """Stored int16, degrees C * 100, colder where the storms stand high."""
    return np.round(100 * (top - depth * np.tanh(1.4 * rain))).astype(np.int16)


def event_last(frames: np.ndarray) -> np.ndarray:
    """From (event, frame, row, column) to the order on disk, time last."""
    return np.ascontiguousarray(np.moveaxis(frames, 1, -1))


def write_type(path: Path, kind: str, data: np.ndarray, ids: list[str]) -> None:
    """A file as the official ones are: header of the data at 800, data at 2048, `id` behind them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    begin = int(time.time())
    with h5py.File(path, "w") as file:
        file.create_dataset(kind, data=data, track_times=True)
    with h5py.File(path, "a") as file:
        file.create_dataset("id", data=np.array(ids, f"S{max(10, *map(len, ids))}"), track_times=True)
    fix_clock(path, range(begin, int(time.time()) + 1))


def fix_clock(path: Path, seconds: range) -> None:
    """Replaces the time of writing, which HDF5 keeps beside each dataset, by one that never changes."""
    content = path.read_bytes()
    for second in seconds:
        stamp = b"\x12\0\x08\0\0\0\0\0\x01\0\0\0"
        content = content.replace(stamp + struct.pack("<I", second), stamp + struct.pack("<I", 1_580_000_000))
    path.write_bytes(content)


def offsets(rng: Generator, first: int = -120, jitter: bool = False) -> list[int]:
    minutes = [first + 5 * frame for frame in range(FRAMES)]
    if jitter:
        minutes[rng.integers(1, FRAMES - 1)] += int(rng.choice([-2, -1, 1, 2]))
    return minutes


def row(
    event: str, file: str, index: int, kind: str, when: datetime, minutes: list[int], size: int, rng: Generator
) -> dict:
    """A catalogue row; extremes and missing share are filled in by the caller."""
    latitude, longitude = rng.uniform(27, 45), rng.uniform(-110, -75)
    storm = event.startswith("S")
    return dict(
        id=event,
        file_name=file,
        file_index=index,
        img_type=kind,
        time_utc=when.strftime("%Y-%m-%d %H:%M:%S"),
        minute_offsets=":".join(map(str, minutes)),
        episode_id=120000 + int(event[1:5]) if storm else "",
        event_id=event[1:] if storm else "",
        event_type=str(rng.choice(KINDS)) if storm else "",
        llcrnrlat=round(latitude, 8),
        llcrnrlon=round(longitude, 8),
        urcrnrlat=round(latitude + 3.4, 8),
        urcrnrlon=round(longitude + 4.1, 8),
        proj=PROJECTION,
        size_x=size,
        size_y=size,
        height_m=384000.0,
        width_m=384000.0,
        data_min=0.0,
        data_max=0.0,
        pct_missing=0.0,
    )


def write_catalogue(path: Path, rows: list[dict]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def vil_file(folder: Path, rng: Generator, name: str, events: list[tuple[str, datetime]], size: int) -> list[dict]:
    """Writes one VIL file and returns its catalogue rows."""
    relative = f"vil/{events[0][1].year}/{name}"
    data = np.stack([vil_codes(storms(rng, FRAMES, size), rng) for _ in events])
    rows = []
    for index, (event, when) in enumerate(events):
        minutes = offsets(rng, int(rng.choice([-120, -120, -119, -121])), jitter=rng.random() < 0.2)
        record = row(event, relative, index, "vil", when, minutes, size, rng)
        if rng.random() < 0.1:
            data[index, :, : size // 8] = 255
        valid = data[index][data[index] != 255]
        record |= dict(
            data_min=float(valid.min()), data_max=float(valid.max()), pct_missing=float((data[index] == 255).mean())
        )
        rows.append(record)
    write_type(folder / "data" / relative, "vil", event_last(data), [event for event, _ in events])
    return rows


def periods(rng: Generator) -> list[tuple[str, list[tuple[str, datetime]]]]:
    """The files of the main sample with their events: training 2017 and 2018, validation to May 2019, test after."""
    storm_files = [
        ("2017_0101_0630", "2017-02-03", "2017-06-20", 3),
        ("2017_0701_1231", "2017-07-04", "2017-11-20", 5),
        ("2018_0101_0630", "2018-02-10", "2018-06-25", 5),
        ("2018_0701_1231", "2018-07-02", "2018-11-11", 6),
        ("2019_0101_0630", "2019-02-11", "2019-05-28", 5),
        ("2019_0701_1231", "2019-07-05", "2019-10-30", 5),
    ]
    result = []
    number = 728503
    for period, first, last, count in storm_files:
        begin, end = datetime.fromisoformat(first), datetime.fromisoformat(last)
        events = []
        for index in range(count):
            when = begin + (end - begin) * index / (count - 1)
            when = when.replace(hour=int(rng.integers(0, 24)), minute=int(rng.integers(0, 60)), second=0, microsecond=0)
            events.append((f"S{number}", when))
            number += int(rng.integers(300, 9000))
        result.append((f"SEVIR_VIL_STORMEVENTS_{period}.h5", events))
    random_events = [(f"R18060{day}{hour}07857", datetime(2018, 6, day, hour, 7)) for day, hour in ((2, 20), (9, 14))]
    result.append(
        (
            "SEVIR_VIL_RANDOMEVENTS_2018_0501_0831.h5",
            [(f"{event}{9 - i}", when) for i, (event, when) in enumerate(random_events)],
        )
    )
    return result


def main(folder: Path) -> None:
    rng = default_rng(20200101)
    rows = [record for name, events in periods(rng) for record in vil_file(folder, rng, name, events, 48)]
    write_catalogue(folder / "CATALOG.csv", rows)


def types(folder: Path) -> None:
    """All five types; rows whose file is absent, an event that occurs twice, events that lack a type."""
    rng = default_rng(20200102)
    size, rows = 12, []
    events = [
        ("S801234", datetime(2018, 5, 3, 21, 4)),
        ("S805678", datetime(2018, 6, 11, 23, 30)),
        ("S811111", datetime(2018, 6, 20, 2, 15)),
        ("S805678", datetime(2018, 6, 11, 23, 30)),
        ("S822222", datetime(2018, 6, 25, 18, 0)),
    ]
    rain = np.stack([storms(rng, FRAMES, 4 * size, 7) for _ in events])
    cloud = blocks(rain, 2)
    data = {
        "vis": np.round(10000 * np.clip(0.1 + 0.8 * np.tanh(2 * cloud), 0, 1)).astype(np.int16),
        "ir069": temperatures(blocks(rain, 8), -18, 48),
        "ir107": temperatures(blocks(rain, 8), 22, 85),
        "vil": np.stack([vil_codes(each, rng) for each in blocks(rain, 4)]),
    }
    data["vis"][2, 5] = -32768
    data["ir069"][0, 20, 3, 4] = -32768
    names = {
        "vis": "SEVIR_VIS_STORMEVENTS_2018_0601_0630.h5",
        "ir069": "SEVIR_IR069_STORMEVENTS_2018_0101_0630.h5",
        "ir107": "SEVIR_IR107_STORMEVENTS_2018_0101_0630.h5",
        "vil": "SEVIR_VIL_STORMEVENTS_2018_0101_0630.h5",
    }
    held = {"vis": [1, 2, 4], "ir069": [0, 1, 2, 3, 4], "ir107": [0, 1, 2, 4], "vil": [0, 1, 2, 4]}
    for kind, name in names.items():
        relative = f"{kind}/2018/{name}"
        array = event_last(data[kind][held[kind]])
        write_type(folder / "data" / relative, kind, array, [events[index][0] for index in held[kind]])
        for position, index in enumerate(held[kind]):
            minutes = offsets(rng, -119 if kind == "vil" else -120)
            if kind.startswith("ir") and index == 2:
                minutes[30] = minutes[29]
            record = row(events[index][0], relative, position, kind, events[index][1], minutes, array.shape[1], rng)
            unit = 100 if kind.startswith("ir") else 1
            values = data[kind][index][data[kind][index] != -32768] / unit
            record |= dict(data_min=float(values.min()), data_max=float(values.max()))
            record |= dict(pct_missing=float((data[kind][index] == -32768).mean()))
            rows.append(record)
    rows += lightning(folder, rng, [events[index] for index in (0, 1, 2, 4)], rain[[0, 1, 2, 4]])
    absent = "vil/2019/SEVIR_VIL_RANDOMEVENTS_2019_0101_0430.h5"
    rows.append(row("R19020304057777", absent, 17, "vil", datetime(2019, 2, 3, 4, 5), offsets(rng), size, rng))
    write_catalogue(folder / "CATALOG.csv", rows)


def lightning(folder: Path, rng: Generator, events: list[tuple[str, datetime]], rain: np.ndarray) -> list[dict]:
    """Flashes where it rains hard: seconds, latitude, longitude, x, y; some fall outside the grid or the time."""
    relative = "lght/2018/SEVIR_LGHT_ALLEVENTS_2018_0601_0701.h5"
    path = folder / "data" / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = []
    with h5py.File(path, "w") as file:
        file.create_dataset("id", data=np.array([event for event, _ in events], "S10"))
        for index, (event, when) in enumerate(events):
            flashes = np.zeros((0, 5), np.float32)
            if index != 2:
                strength = rain[index] ** 3
                count = 600 + 150 * index
                place = rng.choice(strength.size, count, p=(strength / strength.sum()).ravel())
                frame, y, x = np.unravel_index(place, strength.shape)
                seconds = -7200 + 300 * frame + rng.uniform(0, 300, count)
                grid = 48 / strength.shape[1]
                x, y = (x + rng.random(count)) * grid, (y + rng.random(count)) * grid
                x[:3], y[3:5] = (-0.4, 48.0, 51.2), (-1.0, 48.5)
                seconds[5:8] = -7500, 7200, 7321.5
                flashes = np.stack([seconds, 38 + y / 14, -98 + x / 11, x, y], axis=1).astype(np.float32)
                flashes = flashes[np.argsort(flashes[:, 0], kind="stable")]
            file.create_dataset(event, data=flashes)
            record = row(event, relative, 0, "lght", when, [], 48, rng)
            rows.append(record | dict(data_max=float(len(flashes))))
    return rows


def spreadsheet(folder: Path) -> None:
    """A catalogue that went through a spreadsheet: byte order mark, other times, spoilt projection, more columns."""
    rng = default_rng(20200103)
    events = [(f"S83460{index}", datetime(2019, month, 12, 18, 30)) for index, month in enumerate((2, 5, 6))]
    rows = vil_file(folder, rng, "SEVIR_VIL_STORMEVENTS_2019_0101_0630.h5", events, 16)
    with (folder / "CATALOG.csv").open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, [*COLUMNS, "mid_lat", "mid_long"], lineterminator="\r\n")
        writer.writeheader()
        for record in rows:
            when = datetime.fromisoformat(record["time_utc"])
            record |= dict(proj="#NAME?", time_utc=f"{when.month}/{when.day}/{when:%y} {when.hour}:{when:%M}")
            middle = (record["llcrnrlat"] + record["urcrnrlat"]) / 2, (record["llcrnrlon"] + record["urcrnrlon"]) / 2
            writer.writerow(record | dict(mid_lat=round(middle[0], 8), mid_long=round(middle[1], 8)))


def chunked(folder: Path) -> None:
    """The same layout written again by a user, in compressed chunks."""
    rng = default_rng(20200104)
    events = [(f"S90000{index}", datetime(2018, 3 + index, 4, 12, 0)) for index in range(3)]
    rows = vil_file(folder, rng, "SEVIR_VIL_STORMEVENTS_2018_0101_0630.h5", events, 24)
    path = folder / "data" / rows[0]["file_name"]
    with h5py.File(path) as file:
        data, ids = file["vil"][:], file["id"][:]
    with h5py.File(path, "w") as file:
        file.create_dataset(
            "vil", data=data, chunks=(1, 24, 24, 7), compression="gzip", compression_opts=6, shuffle=True
        )
        file.create_dataset("id", data=ids)
    write_catalogue(folder / "CATALOG.csv", rows)


def nowcast(folder: Path) -> None:
    rng = default_rng(20200105)
    for part, samples in (("training", 10), ("testing", 2)):
        rain = np.stack([vil_codes(storms(rng, 25, 24), rng) for _ in range(samples)])
        with h5py.File(folder / f"nowcast_{part}.h5", "w") as file:
            for name, frames in (("IN", rain[:, :13]), ("OUT", rain[:, 13:])):
                data = event_last(frames)
                file.create_dataset(name, data=data, maxshape=(None, *data.shape[1:]), chunks=(1, *data.shape[1:]))


def challenge(folder: Path) -> None:
    rng = default_rng(20200106)
    for part, samples in (("training", 3), ("testing", 1)):
        rain = np.stack([storms(rng, 25, 24) for _ in range(samples)])
        vil = np.stack([vil_codes(each, rng) for each in rain])
        cold = blocks(rain[:, :13], 2)
        path = folder / f"nowcast_{part}_000.h5"
        with h5py.File(path, "w") as file:
            file["IN_vil"], file["OUT_vil"] = event_last(vil[:, :13]), event_last(vil[:, 13:])
            file["IN_ir069"] = event_last(temperatures(cold, -18, 48))
            file["IN_ir107"] = event_last(temperatures(cold, 22, 85))
            file["IN_lght"] = event_last(rng.poisson(2 * np.kron(cold**3, np.ones((4, 4)))).astype(np.uint16))
        first = datetime(2018 if part == "training" else 2019, 7, 1)
        with (folder / f"nowcast_{part}_000_META.csv").open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            names = [
                "id",
                "time_utc",
                "episode_id",
                "event_id",
                "event_type",
                "minute_offsets",
                "llcrnrlat",
                "llcrnrlon",
                "urcrnrlat",
                "urcrnrlon",
                "proj",
                "height_m",
                "width_m",
            ]
            writer.writerow(["", *names])
            for index in range(samples):
                record = row(f"S7{index:05}", "", 0, "vil", first + timedelta(days=index), offsets(rng)[:25], 24, rng)
                writer.writerow([index, *(record[name] for name in names)])


def challenge_packed(folder: Path) -> None:
    """The extracts as some of them are offered: packed one by one."""
    challenge(folder)
    for path in sorted(folder.glob("*.h5")):
        (folder / f"{path.name}.tar.gz").write_bytes(tarred({path.name: path.read_bytes()}, "gz"))
        path.unlink()


def lr(folder: Path) -> None:
    """SEVIR-LR: every second frame, largest of 3 x 3 cells, no `id`; the catalogue is still the full one."""
    rng = default_rng(20200107)
    rows = []
    for period, month in (("2018_0101_0630", 2), ("2019_0701_1231", 8)):
        name = f"vil/{period[:4]}/SEVIR_VIL_STORMEVENTS_{period}.h5"
        fine = np.stack([vil_codes(storms(rng, FRAMES, 48), rng) for _ in range(4)])
        data = event_last(blocks(fine[:, ::2], 3, np.max))
        path = folder / "data" / name
        path.parent.mkdir(parents=True)
        with h5py.File(path, "w") as file:
            file.create_dataset("vil", data=data, maxshape=(None, *data.shape[1:]), chunks=(1, *data.shape[1:]))
        for index in range(len(data)):
            when = datetime(int(period[:4]), month, 3 + 5 * index, 17, 20)
            rows.append(row(f"S75{month}{index:03}", name, index, "vil", when, offsets(rng), 384, rng))
    write_catalogue(folder / "CATALOG.csv", rows)


def windows(folder: Path) -> None:
    """One npy file a window, (1, row, column, 25), in folders by split."""
    rng = default_rng(20200108)
    for split, year, period in (
        ("train", 2018, "0701_1231"),
        ("valid", 2019, "0101_0630"),
        ("test", 2019, "0701_1231"),
    ):
        place = folder / f"{split}_2h"
        place.mkdir()
        for event in range(3 if split == "train" else 1):
            data = vil_codes(storms(rng, FRAMES, 24), rng)
            for window in range(3):
                name = f"vil-{year}-SEVIR_VIL_STORMEVENTS_{year}_{period}.h5-{event}-{window}.npy"
                np.save(place / name, event_last(data[None, 12 * window : 12 * window + 25]))


def group_arrays(folder: Path) -> None:
    """ir069 as the authors of NuwaDynamics keep it: (event, 20, row, column)."""
    rng = default_rng(20200109)
    for name, events in (
        ("STORMEVENTS_2018_0101_0630", 4),
        ("STORMEVENTS_2018_0701_1231", 3),
        ("RANDOMEVENTS_2018_0101_0430", 2),
    ):
        data = np.stack([temperatures(storms(rng, 20, 24), -18, 48) for _ in range(events)])
        np.save(folder / f"SEVIR_IR069_{name}.npy", data)


VARIANTS = {
    "sevir": main,
    "sevir-types": types,
    "sevir-spreadsheet": spreadsheet,
    "sevir-chunked": chunked,
    "sevir-nowcast": nowcast,
    "sevir-challenge": challenge,
    "sevir-challenge-packed": challenge_packed,
    "sevir-lr": lr,
    "sevir-windows": windows,
    "sevir-nuwa": group_arrays,
}
