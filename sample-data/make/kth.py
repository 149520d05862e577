"""KTH: films of a figure that walks, jogs, runs, boxes, claps or waves, with their index; frames taken from them."""

import pickle
import struct
import subprocess
from pathlib import Path

import h5py
import numpy as np
from numpy.random import Generator, default_rng
from PIL import Image, ImageDraw

from fields import texture

ROWS, COLUMNS = 120, 160
ACTIONS = ["boxing", "handclapping", "handwaving", "jogging", "running", "walking"]
STRIDE = {"walking": (1.7, 0.16), "jogging": (2.8, 0.27), "running": (4.2, 0.4)}
MAIN = [
    (1, "boxing", 1),
    (2, "walking", 1),
    (3, "jogging", 1),
    (5, "handwaving", 1),
    (8, "running", 2),
    (11, "handclapping", 1),
    (14, "walking", 3),
    (15, "walking", 1),
    (16, "boxing", 1),
    (17, "walking", 1),
    (20, "jogging", 1),
    (25, "handwaving", 4),
]


def limb(
    draw: ImageDraw.ImageDraw, joint: tuple[float, float], angles: tuple[float, float], length: float, shade: int
) -> None:
    """Two bones from a joint, each at an angle from straight down."""
    for angle in angles:
        end = joint[0] + length * np.sin(angle), joint[1] + length * np.cos(angle)
        draw.line([joint, end], shade, max(2, int(length / 3)))
        joint = end


def pose(action: str, phase: float, heading: int) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Angles of both arms and both legs."""
    swing = np.sin(phase)
    if action in STRIDE:
        reach = 0.5 + 0.35 * ("walking", "jogging", "running").index(action) / 2
        bend = 0.3 if action == "walking" else 0.9
        arms = [(side * reach * swing, side * reach * swing + heading * bend) for side in (1, -1)]
        legs = [
            (-side * reach * swing, -side * reach * swing - heading * bend * max(0, side * np.cos(phase)))
            for side in (1, -1)
        ]
        return arms, legs
    if action == "boxing":
        punches = [max(0.0, np.sin(phase + turn)) for turn in (0, np.pi)]
        return [(0.4 + 1.1 * punch, 2.4 - 0.8 * punch) for punch in punches], [(0.2, 0.1), (-0.25, -0.1)]
    lift = 1.35 + (0.55 if action == "handclapping" else 1.25) * swing * (0.5 if action == "handclapping" else 1)
    inner = 2.6 if action == "handclapping" else lift
    return [(side * lift, side * inner) for side in (1, -1)], [(0.15, 0.08), (-0.15, -0.08)]


def film(rng: Generator, action: str, frames: int) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Gray frames (frame, row, column) and the index's segments, from 1, ends included."""
    ground = 165 + 6 * texture(rng, 1, ROWS, COLUMNS, (0, 0), 0, 2.2)[0] + np.linspace(12, -18, ROWS)[:, None]
    dark, size = int(rng.integers(35, 80)), rng.uniform(60, 74)
    pace, beat = STRIDE.get(action, (0, {"boxing": 0.45, "handclapping": 0.5, "handwaving": 0.24}.get(action, 0)))
    pace, beat = pace * rng.uniform(0.9, 1.1), beat * rng.uniform(0.9, 1.1)
    half = frames // 2
    result = np.empty((frames, ROWS, COLUMNS), np.uint8)
    for frame in range(frames):
        heading = 1 if frame < half else -1
        middle = 80 + rng.normal(0, 0.15)
        if pace:
            middle = -10 + pace * frame if heading > 0 else 170 - pace * (frame - half)
        picture = Image.new("L", (2 * COLUMNS, 2 * ROWS), 255)
        draw = ImageDraw.Draw(picture)
        phase = beat * frame
        top = 62 - size / 2 + 1.2 * abs(np.sin(phase)) * (pace > 0)
        x, neck, hip = 2 * middle, 2 * (top + 0.2 * size), 2 * (top + 0.53 * size)
        arms, legs = pose(action, phase, heading)
        for joint, angles in ((hip, legs[1]), (neck + 6, arms[1])):
            limb(draw, (x, joint), angles, (0.46 if joint == hip else 0.36) * size, dark + 20)
        draw.ellipse([x - 0.17 * size, neck - 0.38 * size, x + 0.17 * size, neck - 2], dark + 35)
        draw.rounded_rectangle([x - 0.17 * size, neck, x + 0.17 * size, hip], 6, dark)
        for joint, angles in ((hip, legs[0]), (neck + 6, arms[0])):
            limb(draw, (x, joint), angles, (0.46 if joint == hip else 0.36) * size, dark + 8)
        figure = np.asarray(picture.resize((COLUMNS, ROWS), Image.Resampling.BOX), float)
        scene = np.where(figure < 250, figure, ground) + rng.normal(0, 0.7, ground.shape)
        result[frame] = np.clip(np.round(scene), 16, 235)
    cuts = [(1, half - 3), (half + 4, frames)] if pace else [(1, half), (half + 1, frames)]
    return result, cuts


def encode(path: Path, frames: np.ndarray, *options: str) -> None:
    """Writes a film of luma planes with neutral colour."""
    colour = np.full((len(frames), frames[0].size // 2), 128, np.uint8)
    planes = np.concatenate([frames.reshape(len(frames), -1), colour], axis=1)
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-y",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "yuv420p",
        "-s",
        f"{COLUMNS}x{ROWS}",
        "-r",
        "25",
        "-i",
        "-",
        "-threads",
        "1",
        "-fflags",
        "+bitexact",
        "-flags",
        "+bitexact",
        *options,
        str(path),
    ]
    subprocess.run(command, input=planes.tobytes(), check=True)


def avi(path: Path, frames: np.ndarray) -> None:
    """An AVI as the KTH clips are: DX50, handler `divx`, frames under the tag of raw ones, a large JUNK at the end."""
    encode(path, frames, "-c:v", "mpeg4", "-vtag", "DX50", "-bf", "0", "-g", "300", "-q:v", "6")
    content = bytearray(path.read_bytes().replace(b"00dc", b"00db").replace(b"vidsDX50", b"vidsdivx"))
    content += b"JUNK" + struct.pack("<I", 2040) + bytes(2040)
    content[4:8] = struct.pack("<I", len(content) - 8)
    path.write_bytes(content)


def index_line(name: str, cuts: list[tuple[int, int]]) -> str:
    return f"{name}\t{chr(9) if len(name) < 24 else ''}frames\t" + ", ".join(f"{first}-{last}" for first, last in cuts)


def main(folder: Path) -> None:
    rng = default_rng(2004)
    lines = {}
    for person, action, scene in MAIN:
        name = f"person{person:02}_{action}_d{scene}"
        frames, cuts = film(rng, action, 84 if action != "running" else 64)
        place = folder / action
        place.mkdir(exist_ok=True)
        avi(place / f"{name}_uncomp.avi", frames)
        lines[name] = index_line(name, cuts)
    lines["person13_handclapping_d3"] = "person13_handclapping_d3\t*missing*"
    lines["person21_boxing_d1"] = index_line("person21_boxing_d1", [(1, 100), (101, 190), (191, 300), (290, 402)])
    (folder / "00sequences.txt").write_bytes("".join(f"{lines[name]}\r\n" for name in sorted(lines)).encode())


def reencoded(folder: Path) -> None:
    """Other containers, rates and names; the index with a prose header, blanks and LF."""
    rng = default_rng(2005)
    text = "Sequences of human actions\n==========================\n\nFrames are counted from 1; segments:\n\n"
    for person, action in ((4, "walking"), (15, "boxing"), (18, "running")):
        frames, cuts = film(rng, action, 40)
        place = folder / action
        place.mkdir()
        encode(place / f"person{person:02}_d1.mp4", frames, "-c:v", "mpeg4", "-bf", "0", "-q:v", "6", "-r", "25")
        text += f"person{person:02}_{action}_d1    frames    " + ", ".join(f"{a}-{b}" for a, b in cuts) + "\n"
    (folder / "00sequences.txt").write_text(text)


def frames(folder: Path) -> None:
    """Pictures as PredRNN keeps them: numbers have gaps where the index has none."""
    rng = default_rng(2006)
    for person, action in ((1, "walking"), (7, "handwaving"), (16, "jogging"), (17, "boxing"), (22, "running")):
        pictures, cuts = film(rng, action, 40)
        place = folder / "kth" / action / f"person{person:02}_{action}_d1_uncomp"
        place.mkdir(parents=True)
        for number in (number for first, last in cuts for number in range(first, last + 1)):
            Image.fromarray(pictures[number - 1]).convert("RGB").save(place / f"image_{number:04}.jpg", quality=85)


def small(rng: Generator, action: str, count: int) -> np.ndarray:
    pictures, _ = film(rng, action, count)
    resized = [Image.fromarray(picture).resize((64, 64), Image.Resampling.BILINEAR) for picture in pictures]
    return np.stack([np.asarray(picture) for picture in resized])


def svg(folder: Path) -> None:
    rng = default_rng(2007)
    for person, action in ((2, "walking"), (15, "handclapping"), (21, "running")):
        place = folder / "processed" / action / f"person{person:02}_{action}_d1_uncomp"
        place.mkdir(parents=True)
        for number, picture in enumerate(small(rng, action, 24), 1):
            Image.fromarray(picture).convert("RGB").save(place / f"image-{number:03}_64x64.png", optimize=True)


def mcvd(folder: Path) -> None:
    """Shards with one group a clip and one dataset a frame. The bytes that lzf writes differ from run to run."""
    rng = default_rng(2008)
    clips = [(1, "boxing"), (3, "walking"), (15, "jogging"), (21, "walking"), (24, "boxing")]
    for shard in range(2):
        with h5py.File(folder / f"shard_{shard + 1:04}.hdf5", "w") as file:
            for group in ("len", "person", "target"):
                file.create_group(group)
            for number, (person, action) in enumerate(clips[3 * shard : 3 * shard + 3]):
                pictures = small(rng, action, 9 + number)
                file["len"].create_dataset(str(number), data=len(pictures))
                file["person"].create_dataset(str(number), data=person, dtype="uint8")
                file["target"].create_dataset(str(number), data=ACTIONS.index(action), dtype="uint8")
                for index, picture in enumerate(pictures):
                    file.create_dataset(f"{number}/{index}", data=picture, compression="lzf")
    persons = {person: [number] for number, (person, _) in enumerate(clips)}
    (folder / "persons.pkl").write_bytes(pickle.dumps(persons, 4))


VARIANTS = {"kth": main, "kth-reencoded": reencoded, "kth-frames": frames, "kth-svg": svg, "kth-mcvd": mcvd}
