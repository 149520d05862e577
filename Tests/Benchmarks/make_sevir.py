"""Makes a large file in SEVIR's own layout: `python make_sevir.py --gib 4 FOLDER [--gzip]`."""

import argparse
import csv
import pathlib

import h5py
import numpy as np

EVENT = (384, 384, 49)
COLUMNS = (
    "id file_name file_index img_type time_utc minute_offsets episode_id event_id event_type llcrnrlat llcrnrlon urcrnrlat "
    "urcrnrlon proj size_x size_y height_m width_m data_min data_max pct_missing"
).split()


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--gib", type=float, default=4)
    arguments.add_argument("--gzip", action="store_true", help="chunks of one event, gzip 4, as after h5repack")
    options = arguments.parse_args()
    count = int(options.gib * 2**30 / np.prod(EVENT)) + 1
    name = "vil/2018/SEVIR_VIL_STORMEVENTS_2018_0101_0630.h5"
    path = options.folder / "data" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(1)
    rows, columns = np.mgrid[0:384, 0:384]
    ids = [f"S{700000 + number}" for number in range(count)]
    largest = []
    layout = {"chunks": (1, 96, 96, 49), "compression": "gzip", "compression_opts": 4} if options.gzip else {}
    with h5py.File(path, "w") as file:
        data = file.create_dataset("vil", (count, *EVENT), "u1", track_times=True, **layout)
        for number in range(count):
            event = np.zeros(EVENT, "u1")
            y, x = noise.integers(80, 300, 2)
            for frame in range(49):
                storm = 254 * np.exp(-((rows - y - 2 * frame) ** 2 + (columns - x - frame) ** 2) / 3000)
                event[:, :, frame] = np.where(storm > 20, storm + noise.integers(0, 12, (384, 384)), 0).clip(0, 254)
            data[number] = event
            largest.append(int(event.max()))
    with h5py.File(path, "a") as file:
        file["id"] = np.array(ids, "S10")
    offsets = ":".join(str(5 * frame - 120) for frame in range(49))
    with open(options.folder / "CATALOG.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for number, identifier in enumerate(ids):
            writer.writerow({
                "id": identifier, "file_name": name, "file_index": number, "img_type": "vil",
                "time_utc": f"2018-0{1 + number % 6}-{1 + number % 28:02d} 12:00:00", "minute_offsets": offsets,
                "size_x": 384, "size_y": 384, "height_m": 384000, "width_m": 384000, "data_min": 0,
                "data_max": largest[number], "pct_missing": 0, "llcrnrlat": 30, "llcrnrlon": -100, "urcrnrlat": 33,
                "urcrnrlon": -96,
            })


if __name__ == "__main__":
    main()
