"""Fields that look like what they stand for: storms, traffic, plumes, flames, a walking figure.

All are drawn from a generator given by the caller, so that the same seed gives the same numbers.
"""

import numpy as np
from numpy.random import Generator
from scipy.ndimage import gaussian_filter


def texture(
    rng: Generator,
    frames: int,
    rows: int,
    columns: int,
    velocity: tuple[float, float],
    change: float = 0.05,
    slope: float = 1.6,
) -> np.ndarray:
    """Noise of many scales that is carried along (cells a frame) and changes shape as it goes. Mean 0, deviation 1."""
    ky = np.fft.fftfreq(rows)[:, None]
    kx = np.fft.rfftfreq(columns)[None, :]
    wave = np.hypot(ky, kx)
    amplitude = np.where(wave > 0, np.maximum(wave, 1 / max(rows, columns)) ** -slope, 0)
    phase = rng.uniform(0, 2 * np.pi, amplitude.shape)
    drift = rng.normal(0, change, amplitude.shape) * (1 + 8 * wave)
    carried = -2 * np.pi * (ky * velocity[0] + kx * velocity[1])
    step = np.arange(frames)[:, None, None]
    fields = np.fft.irfft2(amplitude * np.exp(1j * (phase + (drift + carried) * step)), (rows, columns))
    return (fields - fields.mean()) / fields.std()


def storms(rng: Generator, frames: int, size: int, cells: int = 9) -> np.ndarray:
    """Rain of storm cells that are born, move with a turning wind, grow and die. (frames, size, size), 0 to about 1.5."""
    speed, course = rng.uniform(0.25, 0.9) * size / 48, rng.uniform(0, 2 * np.pi)
    steering = speed * np.array([np.sin(course), np.cos(course)])
    rows, columns = np.mgrid[0:size, 0:size].astype(float)
    time = np.arange(frames, dtype=float)
    rain = np.zeros((frames, size, size))
    for _ in range(cells):
        birth, life = rng.uniform(-0.5 * frames, 0.8 * frames), rng.uniform(0.3, 1.1) * frames
        age = (time - birth) / life
        strength = rng.uniform(0.4, 1.3) * np.where((age > 0) & (age < 1), np.sin(np.pi * np.clip(age, 0, 1)) ** 1.3, 0)
        turn = rng.normal(0, 0.6) / frames
        own = steering * rng.uniform(0.8, 1.3) + rng.normal(0, 0.08 * size / 48, 2)
        angle = turn * (time - birth)
        walk = np.stack(
            [own[0] * np.cos(angle) + own[1] * np.sin(angle), own[1] * np.cos(angle) - own[0] * np.sin(angle)]
        )
        middle = rng.uniform(0.15, 0.85, 2) * size
        path = middle[:, None] + np.cumsum(walk, axis=1) - walk.sum(axis=1, keepdims=True) * rng.uniform(0.3, 0.7)
        radius = rng.uniform(0.05, 0.14) * size * (0.6 + 0.7 * np.clip(age, 0, 1))
        stretch, tilt = rng.uniform(1, 2.2), rng.uniform(0, np.pi)
        dy, dx = rows - path[0][:, None, None], columns - path[1][:, None, None]
        along, across = dx * np.cos(tilt) + dy * np.sin(tilt), dy * np.cos(tilt) - dx * np.sin(tilt)
        distance = (along / stretch) ** 2 + across**2
        rain += strength[:, None, None] * np.exp(-distance / (2 * radius[:, None, None] ** 2))
    grain = texture(rng, frames, size, size, tuple(steering), 0.06)
    return np.clip(rain * (0.85 + 0.3 * grain) - 0.03, 0, None)


def blocks(field: np.ndarray, factor: int, how=np.mean) -> np.ndarray:
    """One value for each factor x factor block of the last two axes."""
    rows, columns = field.shape[-2] // factor, field.shape[-1] // factor
    return how(field.reshape(*field.shape[:-2], rows, factor, columns, factor), axis=(-3, -1))


def traffic(rng: Generator, slots: np.ndarray, size: int, holidays: np.ndarray, level: float = 16) -> np.ndarray:
    """Inflow and outflow (slots, 2, size, size) of a town, `slots` being half hours since a Monday midnight."""
    y, x = np.mgrid[0:size, 0:size] / (size - 1)
    centre = np.exp(-((x - 0.52) ** 2 + (y - 0.48) ** 2) / 0.05)
    homes = sum(np.exp(-((x - a) ** 2 + (y - b) ** 2) / 0.02) for a, b in rng.uniform(0.1, 0.9, (7, 2)))
    roads = 0.15 + 0.85 * ((np.arange(size) % 5 == 2)[:, None] | (np.arange(size) % 4 == 1)[None, :])
    hour = slots % 48 / 2
    weekend = ((slots // 48 % 7) >= 5) | holidays

    def peak(at: float, width: float) -> np.ndarray:
        return np.exp(-(((hour - at + 12) % 24 - 12) ** 2) / (2 * width**2))

    day = 0.12 + 0.75 * (hour > 6) * (hour < 23) * np.sin(np.pi * np.clip((hour - 5) / 19, 0, 1))
    morning = np.where(weekend, 0.25 * peak(10.5, 2), peak(8.2, 1.1))
    evening = np.where(weekend, 0.5 * peak(19, 2.5), peak(18.2, 1.4))
    mood = np.zeros(len(slots))
    for index in range(1, len(slots)):
        mood[index] = 0.97 * mood[index - 1] + rng.normal(0, 0.03)
    shape = (slice(None), None, None)
    to_work, to_home = centre * roads, homes * roads
    both = day[shape] * (to_work + 0.6 * to_home)
    inflow = both + 1.6 * morning[shape] * to_work + 1.3 * evening[shape] * to_home
    outflow = both + 1.3 * morning[shape] * to_home + 1.6 * evening[shape] * to_work
    expected = level * np.exp(mood)[:, None, None, None] * np.stack([inflow, outflow], axis=1)
    return rng.poisson(expected).astype(np.float64)


def street_map(rng: Generator, size: int) -> np.ndarray:
    """True where a building stands."""
    houses = np.zeros((size, size), bool)
    lines = [np.cumsum(np.r_[1, rng.integers(5, 10, size)]) for _ in range(2)]
    for top, bottom in zip(lines[0], lines[0][1:] - 2):
        for left, right in zip(lines[1], lines[1][1:] - 2):
            houses[top:bottom, left:right] = rng.random() < 0.8
    return houses


def plume(
    rng: Generator, houses: np.ndarray, source: tuple[int, int], wind: tuple[float, float], frames: int
) -> np.ndarray:
    """A gas let out at one place of a town: carried by a gusty wind, slower between houses, spread by turbulence."""
    size = len(houses)
    smoke, result = np.zeros((size, size)), np.empty((frames, size, size))
    open_air = np.where(houses, 0.35, 1.0)
    gusts = gaussian_filter(rng.normal(0, 1, (2, frames)), (0, 3)) * 2.2
    for frame in range(frames):
        result[frame] = smoke
        v, u = (component + gust * 0.12 for component, gust in zip(wind, gusts[:, frame]))
        for _ in range(4):
            smoke[source] += 0.6
            flow_y, flow_x = 0.25 * v * open_air, 0.25 * u * open_air
            flux_y = np.where(flow_y > 0, flow_y * smoke, 0) - np.roll(np.where(flow_y > 0, flow_y * smoke, 0), 1, 0)
            flux_y += np.where(flow_y < 0, -flow_y * smoke, 0) - np.roll(
                np.where(flow_y < 0, -flow_y * smoke, 0), -1, 0
            )
            flux_x = np.where(flow_x > 0, flow_x * smoke, 0) - np.roll(np.where(flow_x > 0, flow_x * smoke, 0), 1, 1)
            flux_x += np.where(flow_x < 0, -flow_x * smoke, 0) - np.roll(
                np.where(flow_x < 0, -flow_x * smoke, 0), -1, 1
            )
            smoke = gaussian_filter(smoke - flux_y - flux_x, 0.5)
            smoke[[0, -1]] = smoke[:, [0, -1]] = 0
    return result


def colours(value: np.ndarray, table: list[tuple[float, float, float]], levels: int = 256) -> np.ndarray:
    """RGB bytes of values 0 to 1 through a table of colours at equal distances, in so many levels."""
    place = np.round(np.clip(value, 0, 1) * (levels - 1)) / (levels - 1)
    knots = np.linspace(0, 1, len(table))
    channels = [np.interp(place, knots, [colour[channel] for colour in table]) for channel in range(3)]
    return np.round(np.stack(channels, axis=-1)).astype(np.uint8)


JET = [(0, 0, 143), (0, 0, 255), (0, 255, 255), (255, 255, 0), (255, 0, 0), (128, 0, 0)]
FIRE = [(0, 0, 0), (60, 8, 0), (170, 40, 4), (245, 120, 16), (255, 205, 80), (255, 250, 220)]


def flame(rng: Generator, frames: int, size: int) -> np.ndarray:
    """A fire on black ground: tongues that rise, lean and flicker. RGB bytes (frames, size, size, 3)."""
    y, x = np.mgrid[0:size, 0:size] / (size - 1)
    height = 1 - y
    rising = texture(rng, frames, 2 * size, size, (-size / 18, 0.1), 0.12, 1.5)[:, :size]
    sway = texture(rng, frames, size, 1 + size // 8, (-size / 26, 0), 0.1, 2.2)[:, :, :1] * 0.045
    flicker = 0.62 + 0.09 * gaussian_filter(rng.normal(0, 1, frames), 1.5) / 0.43
    middle = 0.5 + sway * height * 1.5
    width = 0.26 * np.clip(1 - height / (flicker[:, None, None] + 0.25), 0.02, 1) ** 0.8
    body = np.exp(-(((x - middle) / width) ** 2)) * np.clip(1.25 - height / flicker[:, None, None], 0, 1)
    return colours(np.clip(body * (0.85 + 0.42 * rising * (0.3 + height)), 0, 1), FIRE)
