"""FireSys: folders of numbered JPEG and PNG of a fire side by side, with the split file; a sibling system."""

import json
from pathlib import Path

import numpy as np
from numpy.random import default_rng
from PIL import Image, ImageDraw

from fields import flame

SIZE, FRAMES = 64, 60


def write(place: Path, pictures: np.ndarray, suffix: str) -> None:
    place.mkdir(parents=True)
    for number, picture in enumerate(pictures):
        options = dict(quality=92) if suffix == "jpg" else dict(optimize=True)
        Image.fromarray(picture).save(place / f"{number}.{suffix}", **options)


def splits(folder: Path, system: str, train: list[int], val: list[int], test: list[int]) -> None:
    place = folder / "datainfo" / system
    place.mkdir(parents=True)
    for seed in (1, 2, 3):
        turned = dict(train=train, val=val, test=test) if seed == 1 else dict(train=train[::-1], val=test, test=val)
        (place / f"data_split_dict_{seed}.json").write_text(json.dumps(turned))


def main(folder: Path) -> None:
    """A film cut into pieces of 60: the first ones JPEG, the last ones PNG. 10 stands in the split but is not there."""
    film = flame(default_rng(999), 10 * FRAMES, SIZE)
    for sequence in range(10):
        pieces = film[FRAMES * sequence : FRAMES * (sequence + 1)]
        write(folder / "fire" / str(sequence), pieces, "jpg" if sequence < 7 else "png")
    splits(folder, "fire", [7, 0, 3, 8, 1, 4], [2, 10, 6], [5, 9])


def circular_motion(folder: Path) -> None:
    rng = default_rng(1100)
    for sequence in range(4):
        start, speed = rng.uniform(0, 2 * np.pi), rng.uniform(0.08, 0.2)
        pictures = []
        for frame in range(FRAMES):
            angle = start + speed * frame
            x, y = 128 + 70 * np.cos(angle), 128 + 70 * np.sin(angle)
            picture = Image.new("RGB", (256, 256), (215, 205, 192))
            ImageDraw.Draw(picture).ellipse([x - 26, y - 26, x + 26, y + 26], (20, 40, 150))
            pictures.append(np.asarray(picture.resize((SIZE, SIZE), Image.Resampling.BOX)))
        write(folder / "circular_motion" / str(sequence), np.stack(pictures), "png")
    splits(folder, "circular_motion", [3, 0], [2], [1])


VARIANTS = {"firesys": main, "firesys-circular_motion": circular_motion}
