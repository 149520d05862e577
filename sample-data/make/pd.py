"""PD: pictures of a gas plume over a street map, as folders or as GIF; the stand-in ST-GasNet."""

from pathlib import Path

import h5py
import numpy as np
from numpy.random import Generator, default_rng
from PIL import Image

from fields import JET, colours, plume, street_map

SIZE = 64
DEGREES = list(range(0, 360, 45))


def case(rng: Generator, houses: np.ndarray, speed: int, place: int, degrees: int, frames: int) -> np.ndarray:
    """RGB bytes (frames, row, column, 3); wind comes from `degrees`, 0 is north, clockwise."""
    places = [(32, 32), (18, 22), (44, 20), (22, 46), (46, 44)]
    angle = np.deg2rad(degrees)
    wind = speed / 11 * np.cos(angle), -speed / 11 * np.sin(angle)
    smoke = plume(rng, houses, places[place], wind, frames)
    ground = np.where(houses[..., None], (128, 124, 118), (226, 224, 216)).astype(np.uint8)
    thick = np.log1p(2 * smoke) / 1.7
    return np.where((thick > 0.05)[..., None], colours(thick, JET, 24), ground)


def chosen(rng: Generator, count: int) -> list[tuple[int, int, int]]:
    every = [(speed, place, degrees) for speed in (5, 10, 15) for place in range(5) for degrees in DEGREES]
    return [every[index] for index in sorted(rng.choice(len(every), count, replace=False))]


def main(folder: Path) -> None:
    """Numbered PNG, from 1, not padded: the first five minutes of some cases."""
    rng = default_rng(195317)
    houses = street_map(rng, SIZE)
    tree = ["3km"]
    for speed, place, degrees in chosen(rng, 12):
        name = f"U{speed}_Pos_{place}_Deg_{degrees}"
        (folder / "3km" / name).mkdir(parents=True)
        tree.append(f"├── {name}")
        for number, picture in enumerate(case(rng, houses, speed, place, degrees, 61), 1):
            Image.fromarray(picture).save(folder / "3km" / name / f"frame_{number}.png", optimize=True)
    (folder / "tree.txt").write_text("\n".join(tree) + "\n")


def gif(folder: Path) -> None:
    """One animated GIF a case, all 181 frames."""
    rng = default_rng(195318)
    houses = street_map(rng, SIZE)
    for speed, place, degrees in chosen(rng, 4):
        pictures = [
            Image.fromarray(picture).quantize(64, dither=Image.Dither.NONE)
            for picture in case(rng, houses, speed, place, degrees, 181)
        ]
        path = folder / f"U{speed}_Pos_{place}_Deg_{degrees}.gif"
        pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=50, loop=0, optimize=False)


def gasnet(folder: Path) -> None:
    """Runs of 50 frames behind one another, with pairs of input and target."""
    rng = default_rng(195319)
    houses = street_map(rng, 40)
    for name, runs, step in (("train", 6, 5), ("test", 2, 15)):
        smoke = np.concatenate([plume(rng, houses, (20, 20), tuple(rng.normal(0, 0.6, 2)), 50) for _ in range(runs)])
        data = (smoke > 0.05).astype(np.float32)[:, None]
        starts = [50 * run + at for run in range(runs) for at in range(0, 31, step)]
        clips = np.array([[(at, 5) for at in starts], [(at + 5, 15) for at in starts]], np.int32)
        with h5py.File(folder / f"air_{name}_dT72_D40_i5_o15.h5", "w") as file:
            options = dict(compression="gzip", compression_opts=4 if name == "train" else 9)
            unlimited = (None, 1, 40, 40) if name == "train" else None
            chunks = (7, 1, 10, 10) if name == "train" else (50, 1, 13, 13)
            file.create_dataset("input_raw_data", data=data, chunks=chunks, maxshape=unlimited, **options)
            file.create_dataset("clips", data=clips, chunks=(2, 1, 2), maxshape=(2, None, 2), **options)
            file.create_dataset("dims", data=np.array([[1, 40, 40]], np.int32), chunks=(1, 3), **options)


VARIANTS = {"pd": main, "pd-gif": gif, "pd-stgasnet": gasnet}
