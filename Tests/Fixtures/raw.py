"""What raw files hold, read by programs other than stbank: h5py, netCDF4, Pillow, ffmpeg, numpy, scipy.

Each function returns the frames and sequences that a data set made from the files must have.
"""

import bz2
import calendar
import csv
import gzip
import io
import json
import re
import subprocess
import tarfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import h5py
import netCDF4
import numpy as np
import scipy.io
from PIL import Image, ImageSequence


@dataclass
class Field:
    """Frames (frame, channel, row, column) in stored numbers; physical = stored * scale + offset."""

    frames: np.ndarray
    missing: list[float] = field(default_factory=list)
    scale: float = 1
    offset: float = 0

    def valid(self) -> np.ndarray:
        lost = np.isin(self.frames, np.array(self.missing, self.frames.dtype))
        return ~(lost | np.isnan(self.frames) if self.frames.dtype.kind == "f" else lost)


@dataclass
class Sequence:
    """A name, the times of the frames (None where the source fixes none) and the split (None where we fix none)."""

    id: str
    frames: int
    times: list[int] | None = None
    split: str | None = None

    def __post_init__(self) -> None:
        assert self.times is None or len(self.times) == self.frames, self.id


@dataclass
class Content:
    fields: dict[str, Field]
    sequences: list[Sequence]


def natural(text: str) -> list[str | int]:
    """A key that sorts numbers inside names as numbers."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", text)]


def in_order(paths: Iterable[Path]) -> list[Path]:
    return sorted(paths, key=lambda path: natural(str(path)))


def seconds(when: datetime) -> int:
    return calendar.timegm(when.timetuple())


def little(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<"))


def cut(name: str, times: list[int], split_of: Callable[[int], str]) -> list[Sequence]:
    """One sequence cut where the split changes; later parts are named by their first frame."""
    splits = [split_of(time) for time in times]
    edges = [0, *(index for index in range(1, len(times)) if splits[index] != splits[index - 1]), len(times)]
    return [
        Sequence(name if begin == 0 else f"{name}+{begin}", end - begin, times[begin:end], splits[begin])
        for begin, end in zip(edges, edges[1:])
    ]


def joined(parts: dict[str, np.ndarray], name: str, **about) -> Content:
    """Sequences given by name with a counter as time, put in the order of their names."""
    names = sorted(parts, key=natural)
    frames = little(np.concatenate([parts[each] for each in names]))
    return Content(
        {name: Field(frames, **about)},
        [Sequence(each, len(parts[each]), list(range(len(parts[each])))) for each in names],
    )


# SEVIR

SEVIR_MISSING = {"vil": [255], "vis": [-32768], "ir069": [-32768], "ir107": [-32768], "lght": []}
SEVIR_SCALE = {"vil": 1, "vis": 1e-4, "ir069": 0.01, "ir107": 0.01, "lght": 1}


def sevir_time(text: str) -> int:
    form = "%Y-%m-%d %H:%M:%S" if "-" in text else "%m/%d/%y %H:%M"
    return seconds(datetime.strptime(text, form))


def sevir_split(time: int) -> str:
    validation, test = seconds(datetime(2019, 1, 1)), seconds(datetime(2019, 6, 1))
    return "train" if time <= validation else "validation" if time <= test else "test"


def lightning_counts(flashes: np.ndarray) -> np.ndarray:
    """(49, 48, 48) after `_lght_to_grid` of the official code, without its duplicates of frames."""
    time, x, y = flashes[:, 0], flashes[:, 3], flashes[:, 4]
    inside = (x >= 0) & (x < 48) & (y >= 0) & (y < 48)
    edges = np.arange(-7200, 7201, 300)
    frame = np.clip(np.searchsorted(edges, time, side="right") - 1, 0, 48)
    counts = np.zeros((49, 48, 48), np.uint16)
    np.add.at(counts, (frame[inside], y[inside].astype(int), x[inside].astype(int)), 1)
    return counts


def sevir(root: Path, types: tuple[str, ...] = ("vil",)) -> Content:
    """The layout with a catalogue."""
    with (root / "CATALOG.csv").open(newline="", encoding="utf-8-sig") as file:
        rows = [row for row in csv.DictReader(file) if (root / "data" / row["file_name"]).exists()]
    by_type = {kind: [row for row in rows if row["img_type"] == kind] for kind in types}
    counts = {kind: Counter(row["id"] for row in by_type[kind]) for kind in types}
    events = [row for row in by_type[types[0]] if all(counts[kind][row["id"]] == 1 for kind in types)]
    events.sort(key=lambda row: (row["file_name"], int(row["file_index"]), natural(row["id"])))
    lookup = {(kind, row["id"]): row for kind in types for row in by_type[kind]}
    fields = {}
    for kind in types:
        frames = []
        for event in events:
            row = lookup[kind, event["id"]]
            with h5py.File(root / "data" / row["file_name"]) as file:
                if kind == "lght":
                    frames.append(lightning_counts(file[row["id"]][:]))
                else:
                    frames.append(np.moveaxis(file[kind][int(row["file_index"])], -1, 0))
        fields[kind] = Field(little(np.concatenate(frames))[:, None], SEVIR_MISSING[kind], SEVIR_SCALE[kind])
    count = len(next(iter(fields.values())).frames) // len(events)
    sequences = []
    for event in events:
        base = sevir_time(event["time_utc"])
        minutes = (
            [int(part) for part in event["minute_offsets"].split(":")]
            if event["minute_offsets"]
            else range(-120, 121, 5)
        )
        times = [base + 60 * minute for minute in minutes][:: -(-49 // count)]
        name = event["id"] if has_ids(root, event) else f"{Path(event['file_name']).stem}/{event['file_index']}"
        sequences.append(Sequence(name, count, times, sevir_split(base)))
    return Content(fields, sequences)


def has_ids(root: Path, event: dict[str, str]) -> bool:
    with h5py.File(root / "data" / event["file_name"]) as file:
        return "id" in file


def sevir_pairs(root: Path, suffix: str = "") -> Content:
    """`IN` and `OUT` of a row joined in time; the last tenth of training is validation."""
    parts, splits = {}, {}
    for path in in_order(root.glob("*.h5")):
        with h5py.File(path) as file:
            data = np.concatenate([file[f"IN{suffix}"][:], file[f"OUT{suffix}"][:]], axis=-1)
        for row in range(len(data)):
            name = f"{path.stem}/{row}"
            parts[name] = np.moveaxis(data[row], -1, 0)[:, None]
            last_tenth = row >= len(data) - len(data) // 10
            splits[name] = "test" if "testing" in path.stem else "validation" if last_tenth else "train"
    content = joined(parts, "vil", missing=[255])
    for sequence in content.sequences:
        sequence.split = splits[sequence.id]
        if suffix:
            sequence.times = sequence.split = None
    return content


def sevir_packed(root: Path) -> Content:
    """As `sevir_pairs`, from archives."""
    parts = {}
    for path in root.glob("*.tar.gz"):
        with tarfile.open(path) as archive:
            name = archive.getnames()[0]
            with h5py.File(io.BytesIO(archive.extractfile(name).read())) as file:
                data = np.concatenate([file["IN_vil"][:], file["OUT_vil"][:]], axis=-1)
        parts |= {f"{Path(name).stem}/{row}": np.moveaxis(data[row], -1, 0)[:, None] for row in range(len(data))}
    content = joined(parts, "vil", missing=[255])
    for sequence in content.sequences:
        sequence.times = None
    return content


def sevir_windows(root: Path) -> Content:
    paths = list(root.glob("*_2h/*.npy"))
    content = joined({path.stem: np.moveaxis(np.load(path), -1, 0) for path in paths}, "vil", missing=[255])
    names = {"train_2h": "train", "valid_2h": "validation", "test_2h": "test"}
    splits = {path.stem: names[path.parent.name] for path in paths}
    for sequence in content.sequences:
        sequence.split = splits[sequence.id]
    return content


def sevir_nuwa(root: Path) -> Content:
    arrays = {path.stem: np.load(path) for path in root.glob("*.npy")}
    parts = {f"{stem}/{row}": array[row][:, None] for stem, array in arrays.items() for row in range(len(array))}
    return joined(parts, "ir069", missing=[-32768], scale=0.01)


# TaxiBJ


def taxibj_years(*paths: Path) -> Content:
    """Yearly files: frames by (time, position), cut 28 and 56 days before the end."""
    tables = {}
    for path in paths:
        with h5py.File(path) as file:
            data, labels = file["data"][:], [label.decode() for label in file["date"][:]]
        steps = 24 if path.name.startswith("NYC") else 48
        times = [
            seconds(datetime.strptime(label[:8], "%Y%m%d")) + (int(label[8:]) - (steps == 48)) * 86400 // steps
            for label in labels
        ]
        order = sorted(range(len(times)), key=lambda index: (times[index], index))
        tables[path.name.split("_")[0]] = data[order], [times[index] for index in order]
    last_day = max(times[-1] for _, times in tables.values()) // 86400 * 86400
    test, validation = last_day - 27 * 86400, last_day - 55 * 86400
    names = sorted(tables, key=natural)

    def split_of(time: int) -> str:
        return "test" if time >= test else "validation" if time >= validation else "train"

    sequences = [part for name in names for part in cut(name, tables[name][1], split_of)]
    return Content({"flow": Field(little(np.concatenate([tables[name][0] for name in names])))}, sequences)


SPLIT_NAMES = {"train": "train", "valid": "validation", "val": "validation", "test": "test"}


def with_splits(content: Content, place: int = 0) -> Content:
    """Splits from the part of the name at `place`."""
    for sequence in content.sequences:
        sequence.split = SPLIT_NAMES[sequence.id.split("/")[place]]
    return content


def taxibj_plus(root: Path) -> Content:
    parts = {}
    for split in ("train", "valid", "test"):
        both = [np.load(root / "TaxiBJ" / split / f"{name}.npy") for name in ("X_c", "Y")]
        data = np.concatenate([each.reshape(len(each), 12, 2, *each.shape[2:]) for each in both], axis=1)
        parts |= {f"{split}/{row}": data[row] for row in range(len(data))}
    return with_splits(joined(parts, "flow"))


def taxibj_reshaped(root: Path) -> Content:
    parts = {}
    for split in ("train", "valid", "test"):
        data = np.concatenate(
            [np.load(root / f"{split}_{part}_data_reshaped.npy") for part in ("input", "output")], axis=1
        )
        parts |= {f"{split}/{row}": data[row] for row in range(len(data))}
    return with_splits(joined(parts, "flow"))


def taxibj_urbanfm(root: Path) -> Content:
    """Slots one behind the other, each split one sequence."""
    contents = []
    for name in ("X", "Y"):
        parts = {}
        for path in root.glob(f"P*/*/{name}.npy"):
            data = np.load(path)
            parts[f"{path.parent.parent.name}/{path.parent.name}"] = data[:, None]
        contents.append(with_splits(joined(parts, name.lower()), 1))
    return Content(contents[0].fields | contents[1].fields, contents[0].sequences)


def taxibj_openstl(root: Path) -> Content:
    parts = {}
    with np.load(root / "dataset.npz") as file:
        for split in ("train", "test"):
            data = np.concatenate([file[f"X_{split}"], file[f"Y_{split}"]], axis=1)
            parts |= {f"{split}/{row}": data[row] for row in range(len(data))}
    content = with_splits(joined(parts, "flow"))
    training = [sequence for sequence in content.sequences if sequence.split == "train"]
    for sequence in training[len(training) - len(training) // 10 :]:
        sequence.split = "validation"
    return content


def taxibj_predbench(root: Path) -> Content:
    arrays = {split: np.load(root / f"{split}.npy") for split in ("train", "val", "test")}
    return with_splits(
        joined({f"{split}/{row}": data[row] for split, data in arrays.items() for row in range(len(data))}, "flow")
    )


def taxibj_dltraff(root: Path) -> Content:
    return joined({path.stem: np.moveaxis(np.load(path), -1, 1) for path in root.glob("TaxiBJ1*.npy")}, "flow")


# KTH


def luma(path: Path) -> np.ndarray:
    """The stored luma planes (frame, 1, row, column), without conversion."""
    probe = ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "stream=width,height", "-of", "csv=p=0"]
    width, height = map(int, subprocess.check_output([*probe, str(path)], text=True).strip().split(","))
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-i",
        str(path),
        "-fps_mode",
        "passthrough",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "yuv420p",
        "-",
    ]
    raw = np.frombuffer(subprocess.check_output(command), np.uint8).reshape(-1, height * width * 3 // 2)
    return raw[:, : height * width].reshape(-1, 1, height, width)


def kth_split(person: int) -> str:
    return "train" if person <= 14 else "validation" if person <= 16 else "test"


def by_person(content: Content) -> Content:
    for sequence in content.sequences:
        sequence.split = kth_split(int(re.search(r"person(\d+)", sequence.id)[1]))
    return content


def kth_clips(root: Path) -> Content:
    parts = {}
    for path in [*root.rglob("*.avi"), *root.rglob("*.mp4")]:
        person, scene = re.search(r"(person\d+).*_(d\d)", path.stem).groups()
        action = path.stem.split("_")[1] if path.stem.count("_") > 1 else path.parent.name
        parts[f"{person}_{action}_{scene}"] = luma(path)
    return by_person(joined(parts, "luma"))


def kth_pictures(root: Path, pattern: str, number: str) -> Content:
    """Folders of pictures; the time is the number in the name."""
    parts, times = {}, {}
    for folder in {path.parent for path in root.glob(pattern)}:
        name = folder.name.removesuffix("_uncomp")
        paths = in_order(folder.iterdir())
        parts[name] = np.stack([np.asarray(Image.open(path).convert("RGB"))[None, :, :, 0] for path in paths])
        times[name] = [int(re.search(number, path.name)[1]) for path in paths]
    content = by_person(joined(parts, "luma"))
    for sequence in content.sequences:
        sequence.times = times[sequence.id]
    return content


def kth_shards(root: Path) -> Content:
    parts, persons = {}, {}
    for path in root.glob("*.hdf5"):
        with h5py.File(path) as file:
            for clip in file["len"]:
                name = f"{path.stem}/{clip}"
                parts[name] = np.stack([file[clip][str(index)][:][None] for index in range(file["len"][clip][()])])
                persons[name] = int(file["person"][clip][()])
    content = joined(parts, "luma")
    for sequence in content.sequences:
        sequence.split = kth_split(persons[sequence.id])
    return content


# RainNet


def rain_split(time: int) -> str:
    return (
        "train"
        if time < seconds(datetime(2014, 1, 1))
        else "validation" if time < seconds(datetime(2016, 1, 1)) else "test"
    )


def rydl(root: Path) -> Content:
    with h5py.File(root / "rydl.hdf5") as file:
        names = sorted(file)
        frames = np.stack([file[name][:].astype(np.float32)[None] for name in names])
    frames[~(frames >= 0)] = np.nan
    times = [seconds(datetime.strptime(name, "%Y%m%d%H%M")) for name in names]
    return Content({"rain": Field(frames)}, cut("rydl", times, rain_split))


@dataclass
class Composite:
    product: str
    time: int
    lead: int
    factor: float
    cells: np.ndarray


def radolan(content: bytes) -> Composite:
    """One RADOLAN binary: cells as int16 or uint8, rows as stored."""
    head, body = content.split(b"\x03", 1)
    text = head.decode("latin-1")
    rows, columns = (int(part) for part in re.search(r"GP *(\d+)x *(\d+)", text).groups())
    factor = 10.0 ** int(re.search(r"PR E([+-]\d+)", text)[1])
    lead = re.search(r"VV *(\d+)", text)
    when = datetime(2000 + int(text[15:17]), int(text[13:15]), int(text[2:4]), int(text[4:6]), int(text[6:8]))
    if len(body) == rows * columns:
        cells = np.frombuffer(body, np.uint8)
    else:
        stored = np.frombuffer(body, "<u2")
        cells = (stored & 0xFFF).astype(np.int16)
        cells[(stored & 0x4000) > 0] *= -1
        cells[(stored & 0x2000) > 0] = -32768
    return Composite(
        text[:2].lower(), seconds(when), int(lead[1]) if lead else 0, factor, cells.reshape(1, rows, columns)
    )


def unpacked(path: Path) -> list[bytes]:
    """The binaries in a file, whatever it is packed in."""
    return list(members(path.name, path.read_bytes()))


def members(name: str, data: bytes) -> Iterable[bytes]:
    if name.endswith(".gz"):
        yield from members(name[:-3], gzip.decompress(data))
    elif name.endswith(".bz2"):
        yield from members(name[:-4], bz2.decompress(data))
    elif name.endswith(".tar"):
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for entry in archive.getmembers():
                yield from members(entry.name, archive.extractfile(entry).read())
    else:
        yield data


def composites(*paths: Path) -> Content:
    found = sorted(
        (radolan(data) for path in paths for data in unpacked(path)), key=lambda each: (each.time, each.lead)
    )
    frames = little(np.stack([each.cells for each in found]))
    product = found[0].product
    if frames.dtype == np.uint8:
        about = Field(frames, [250, 249], 0.5, -32.5)
    else:
        about = Field(frames, [-32768], found[0].factor)
    if product == "rv":
        starts = sorted({each.time for each in found})
        sequences = []
        for start in starts:
            times = [each.time + 60 * each.lead for each in found if each.time == start]
            name = f"rv/{datetime(1970, 1, 1) + timedelta(seconds=start):%y%m%d%H%M}"
            sequences.append(Sequence(name, len(times), times, rain_split(start)))
    else:
        sequences = cut(product, [each.time for each in found], rain_split)
    return Content({product: about}, sequences)


def odim(root: Path) -> Content:
    found = []
    for path in root.iterdir():
        with h5py.File(path) as file:
            what = file["dataset1/what"].attrs
            when = datetime.strptime((what["startdate"] + what["starttime"]).decode(), "%Y%m%d%H%M%S")
            found.append((seconds(when), file["dataset1/data1/data"][:]))
            about = dict(file["dataset1/data1/what"].attrs)
    found.sort(key=lambda each: each[0])
    name = about["quantity"].decode().lower()
    frames = np.stack([cells[None] for _, cells in found])
    sequences = cut(name, [time for time, _ in found], rain_split)
    return Content({name: Field(frames, [about["nodata"]], float(about["gain"]), float(about["offset"]))}, sequences)


def chen(root: Path) -> Content:
    fields, sequences = {}, []
    paths = in_order(root.glob("*.hdf5"))
    for name in ("highres", "lowres"):
        frames = []
        for path in paths:
            with h5py.File(path) as file:
                frames.append(np.moveaxis(file[name][:], -1, 0)[:, None])
        fields[name] = Field(np.ascontiguousarray(np.concatenate(frames)))
    for path in paths:
        with h5py.File(path) as file:
            count = file["highres"].shape[-1]
        start = seconds(datetime.strptime(path.stem, "%Y_%m"))
        times = [start + 3600 * hour for hour in range(count)]
        sequences += cut(path.stem, times, rain_split)
    return Content(fields, sequences)


def chen_patches(root: Path) -> Content:
    with h5py.File(root / "patches.hdf5") as file:
        count = int(file["__len__"][()])
        contents = [
            joined({f"patches/{index}": file[f"{index}{key}"][:][:, None] for index in range(count)}, name)
            for name, key in (("highres", "hr"), ("lowres", "lr"))
        ]
    return Content(contents[0].fields | contents[1].fields, contents[0].sequences)


# PD and FireSys


def picture(image: Image.Image) -> np.ndarray:
    return np.moveaxis(np.asarray(image.convert("RGB")), -1, 0)


def folders(root: Path) -> Content:
    """A sequence a folder of numbered pictures."""
    places = {path.parent for path in root.rglob("*") if path.suffix in (".png", ".jpg")}
    return joined(
        {place.name: np.stack([picture(Image.open(path)) for path in in_order(place.iterdir())]) for place in places},
        "picture",
    )


def gifs(root: Path) -> Content:
    return joined(
        {
            path.stem: np.stack([picture(frame) for frame in ImageSequence.Iterator(Image.open(path))])
            for path in root.glob("*.gif")
        },
        "picture",
    )


def gasnet(*paths: Path) -> Content:
    """Runs of 50 frames."""
    parts = {}
    for path in paths:
        with h5py.File(path) as file:
            data = file["input_raw_data"][:]
        parts |= {f"{path.stem}/{run}": data[50 * run : 50 * run + 50] for run in range(len(data) // 50)}
    return joined(parts, "plume")


def firesys(root: Path, split_file: Path) -> Content:
    content = folders(root)
    split = json.loads(split_file.read_text())
    names = {str(number): {"val": "validation"}.get(key, key) for key, numbers in split.items() for number in numbers}
    for sequence in content.sequences:
        sequence.split = names.get(sequence.id)
    return content


# General files


def cf(variable: str, *paths: Path) -> Content:
    """One variable of netCDF files in order of time; levels are channels."""
    found = []
    for path in paths:
        with netCDF4.Dataset(path) as file:
            file.set_auto_maskandscale(False)
            node = file[variable]
            data = little(node[:])
            has_time = "time" in node.dimensions
            data = data if has_time else data[None]
            while data.ndim < 4:
                data = data[:, None]
            clock = file.variables.get("time" if has_time else "valid_time")
            times = cf_seconds(clock) if clock is not None else [0]
            attributes = {key: node.getncattr(key) for key in node.ncattrs()}
            found.append((times, data))
    found.sort(key=lambda each: each[0])
    missing = [float(attributes[key]) for key in ("_FillValue", "missing_value") if key in attributes]
    if "_FillValue" not in attributes and data.dtype.itemsize > 1:
        missing.append(float(netCDF4.default_fillvals[data.dtype.str[1:]]))
    missing = [value for index, value in enumerate(missing) if value == value and value not in missing[:index]]
    frames = np.concatenate([data for _, data in found])
    about = Field(frames, missing, float(attributes.get("scale_factor", 1)), float(attributes.get("add_offset", 0)))
    times = [time for part, _ in found for time in part]
    return Content({variable.lower(): about}, [Sequence(variable, len(frames), times)])


def cf_seconds(clock: netCDF4.Variable) -> list[int]:
    origin = datetime(1970, 1, 1)
    values = netCDF4.num2date(
        np.atleast_1d(clock[:]), clock.units, getattr(clock, "calendar", "standard"), only_use_cftime_datetimes=False
    )
    return [round((value - origin).total_seconds()) for value in values]


def array(axes: str, *files: tuple[str, np.ndarray]) -> Content:
    """Arrays by the name of their file with axes out of N, T, C, H, W."""
    parts = {}
    for stem, values in files:
        full = values.reshape(values.shape + (1,) * (5 - values.ndim))
        absent = [axis for axis in "NTCHW" if axis not in axes]
        full = np.moveaxis(full, [(list(axes) + absent).index(axis) for axis in "NTCHW"], range(5))
        parts |= {f"{stem}/{row}": full[row] for row in range(len(full))} if "N" in axes else {stem: full[0]}
    return joined(parts, "values")


def hdf5(path: Path, name: str) -> np.ndarray:
    with h5py.File(path) as file:
        return file[name][:]


def matlab(path: Path, name: str) -> np.ndarray:
    return scipy.io.loadmat(path)[name]
