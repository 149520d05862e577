"""Makes the pictures and films beside this script with Pillow and ffmpeg, and the numbers these programs read from them.

`<name>.raw` holds what the other program decoded: frame, channel, row, column. Run it in this folder.
"""

import struct
import subprocess
import zlib

import numpy
from PIL import Image

ROWS, COLUMNS = 22, 30
FRAMES = 12


def scene(number: int) -> numpy.ndarray:
    """A blob that moves over a colour ramp, (row, column, 3) uint8."""
    row, column = numpy.mgrid[0:ROWS, 0:COLUMNS]
    blob = numpy.exp(-((row - 6 - number * 0.7) ** 2 + (column - 5 - number * 1.5) ** 2) / 14.0)
    red = 40 + 6 * column + 30 * blob
    green = 200 - 7 * row + 50 * blob
    blue = 90 + 4 * ((row * 3 + column * 5) % 16) + 100 * blob
    return numpy.clip(numpy.stack([red, green, blue], axis=-1), 0, 255).astype(numpy.uint8)


def raw(name: str, frames: list[numpy.ndarray]) -> None:
    planes = [f[None] if f.ndim == 2 else f.transpose(2, 0, 1) for f in frames]
    numpy.stack(planes).tofile(name + ".raw")


def keep(name: str, mode: str) -> None:
    raw(name, [numpy.asarray(Image.open(name).convert(mode))])


def png(name: str, rows: int, columns: int, interlace: int, body: bytes) -> None:
    header = struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, interlace)
    with open(name, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        for kind, data in [(b"IHDR", header), (b"IDAT", zlib.compress(body)), (b"IEND", b"")]:
            file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))


def interlaced(name: str, pixels: numpy.ndarray) -> None:
    """Pillow writes no Adam7; each pass is filtered with nothing."""
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    body = b""
    for row, column, row_step, column_step in passes:
        for line in pixels[row::row_step, column::column_step]:
            if line.size:
                body += b"\0" + line.tobytes()
    png(name, ROWS, COLUMNS, 1, body)


def pictures() -> None:
    colour = Image.fromarray(scene(3))
    gray = colour.convert("L")
    gray.save("gray.jpg", quality=90)
    colour.save("color420.jpg", quality=90, subsampling=2)
    colour.save("color422.jpg", quality=85, subsampling=1)
    colour.save("progressive.jpg", quality=90, subsampling=0, progressive=True)
    colour.convert("CMYK").save("cmyk.jpg")
    gray.save("gray.png")
    gray.point(lambda value: 255 if value > 128 else 0).convert("1").save("bilevel.png")
    colour.save("rgb.png")
    colour.quantize(16).save("palette.png", bits=4)
    colour.quantize(16).save("palette_alpha.png", transparency=3)
    alpha = colour.copy()
    alpha.putalpha(gray)
    alpha.save("rgba.png")
    wide = numpy.asarray(gray).astype(numpy.uint16) * 257 - 3
    Image.fromarray(wide).save("gray16.png")
    raw("gray16.png", [wide])
    interlaced("interlaced.png", scene(3))
    png("huge.png", 65535, 65535, 0, b"\0" * 100)
    for name in ["gray.jpg", "gray.png", "bilevel.png"]:
        keep(name, "L")
    for name in ["color420.jpg", "color422.jpg", "progressive.jpg", "rgb.png", "palette.png", "palette_alpha.png",
                 "rgba.png", "interlaced.png"]:
        keep(name, "RGB")


def ffmpeg(*arguments: str, feed: bytes = b"") -> bytes:
    command = ["ffmpeg", "-v", "error", "-y", "-flags", "bitexact", *arguments]
    return subprocess.run(command, input=feed, check=True, capture_output=True).stdout


def films() -> None:
    frames = [Image.fromarray(scene(number)).quantize(200) for number in range(FRAMES)]
    frames[0].save("pillow.gif", save_all=True, append_images=frames[1:], duration=50, loop=0, optimize=True)
    film = Image.open("pillow.gif")
    shown = []
    for number in range(film.n_frames):
        film.seek(number)
        shown.append(numpy.asarray(film.convert("RGB")))
    raw("pillow.gif", shown)
    feed = b"".join(scene(number).tobytes() for number in range(FRAMES))
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{COLUMNS}x{ROWS}", "-r", "25", "-i", "-"]
    ffmpeg(*source, "ffmpeg.gif", feed=feed)
    still = ["-vsync", "0", "-f", "rawvideo"]
    rgb = ffmpeg("-i", "ffmpeg.gif", *still, "-pix_fmt", "rgb24", "-")
    raw("ffmpeg.gif", list(numpy.frombuffer(rgb, numpy.uint8).reshape(-1, ROWS, COLUMNS, 3)))
    ffmpeg(*source, "-c:v", "mpeg4", "-vtag", "DX50", "-q:v", "3", "-g", "5", "-fflags", "+bitexact", "plain.avi", feed=feed)
    ffmpeg(*source, "-c:v", "mpeg4", "-bf", "2", "-q:v", "3", "-fflags", "+bitexact", "bframes.mp4", feed=feed)
    ffmpeg(*source, "-c:v", "mjpeg", "-q:v", "3", "-fflags", "+bitexact", "motion.avi", feed=feed)
    for name, chroma in [("plain.avi", "yuv420p"), ("bframes.mp4", "yuv420p"), ("motion.avi", "yuvj444p")]:
        planar = ffmpeg("-i", name, *still, "-f", "rawvideo", "-pix_fmt", chroma, "-")
        side = ROWS * COLUMNS if chroma == "yuvj444p" else (ROWS + 1) // 2 * ((COLUMNS + 1) // 2)
        size = ROWS * COLUMNS + 2 * side
        luma = numpy.frombuffer(planar, numpy.uint8).reshape(-1, size)[:, : ROWS * COLUMNS]
        raw(name, list(luma.reshape(-1, ROWS, COLUMNS)))
    gray = ffmpeg("-i", "plain.avi", *still, "-pix_fmt", "gray", "-")
    raw("plain.avi.gray", list(numpy.frombuffer(gray, numpy.uint8).reshape(-1, ROWS, COLUMNS)))


pictures()
films()
