"""A plan with all its defaults, and its canonical text. StreamOrder.md, "A plan as JSON"."""

import math
import re
from typing import Any

import numpy as np

from . import canonical, xxh3
from .bank import Dataset
from .errors import StbankError

LARGEST = 1 << 24
SPLITS = ("train", "validation", "test")
ORDERS = ("stored", "shuffled", "blocks")
RULES = ("none", "standard", "minmax", "log", "benchmark")
NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
AFFINE = re.compile(rf"affine:({NUMBER}),({NUMBER})")
KEYS = {
    "batch_size", "block_windows", "blocks_mixed", "copies", "crop", "cross_gaps", "drop_last", "environments",
    "fill", "input_field", "input_frames", "keep_missing", "normalise", "order", "resize", "seed", "split", "stride",
    "target_field", "target_frames",
}  # fmt: skip


def wrong(what: str, remedy: str = "") -> StbankError:
    return StbankError("usage", what, "", remedy)


def affine(rule: str) -> tuple[float, float]:
    """a and b of `affine:a,b`."""
    match = AFFINE.fullmatch(rule)
    numbers = tuple(float(text) for text in match.groups()) if match else (math.nan, math.nan)
    if not all(map(math.isfinite, numbers)):
        raise wrong(f"normalise does not take `{rule}`", f"take one of {', '.join(RULES)}, affine:A,B")
    return numbers


def resolve(request: dict[str, Any], dataset: Dataset) -> dict[str, Any]:
    """The plan with every key, checked against the data set. Keys that are None count as left out."""
    for key in request:
        if key not in KEYS:
            raise wrong(f"a plan has no `{key}`", f"it has {', '.join(sorted(KEYS))}")
    given = {key: value for key, value in request.items() if value is not None}
    if "environments" in given or "copies" in given:
        raise wrong("NumPy alone makes no copies", "take backend='native'")
    names = [field["name"] for field in dataset.fields]
    field = given.get("input_field", names[0])
    split = _named(given, "split", "train", SPLITS)
    lengths = dataset.record["default_plan"]
    plan = {
        "input_field": field,
        "target_field": given.get("target_field", field),
        "split": split,
        "input_frames": _whole(given, "input_frames", lengths["input_frames"]),
        "target_frames": _whole(given, "target_frames", lengths["target_frames"], least=0),
        "stride": _whole(given, "stride", 1),
        "batch_size": _whole(given, "batch_size", 16),
        "seed": _seed(given.get("seed", 0)),
        "order": _named(given, "order", "shuffled" if split == "train" else "stored", ORDERS),
        "crop": _crop(given.get("crop")),
        "resize": _resize(given.get("resize")),
        "normalise": _rule(given.get("normalise", "none")),
        "fill": _fill(given.get("fill", "nan")),
        **{key: _flag(given, key) for key in ("drop_last", "cross_gaps", "keep_missing")},
        **_blocks(given),
    }
    for name in (plan["input_field"], plan["target_field"]):
        if name not in names:
            raise wrong(f"there is no field `{name}`", f"there are {', '.join(names)}")
    return plan


def digest(plan: dict[str, Any]) -> str:
    """XXH3 of the canonical text, 16 digits."""
    return xxh3.text(canonical.text(plan).encode())


def is_whole(value: object) -> bool:
    """Whether it is a whole number, be it written as 3 or as 3.0."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) or (
        isinstance(value, float) and value.is_integer()
    )


def _whole(given: dict, key: str, default: int, least: int = 1) -> int:
    value = given.get(key, default)
    if not is_whole(value) or not least <= value <= LARGEST:
        raise wrong(f"{key} is {value!r}", f"it takes {least} to {LARGEST}")
    return int(value)


def _flag(given: dict, key: str) -> bool:
    value = given.get(key, False)
    if not isinstance(value, bool):
        raise wrong(f"{key} is {value!r}", "it takes True or False")
    return value


def _named(given: dict, key: str, default: str, choices: tuple[str, ...]) -> str:
    value = given.get(key, default)
    if value not in choices:
        raise wrong(f"{key} is {value!r}", f"it takes one of {', '.join(choices)}")
    return value


def _seed(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(r"\d{1,20}", value):
        value = int(value)
    if not is_whole(value) or not 0 <= value < 1 << 64:
        raise wrong(f"seed is {value!r}", "it takes a whole number of 64 bits")
    return str(int(value))


def _rule(value: object) -> str:
    if value in RULES:
        return value
    a, b = affine(str(value))
    return f"affine:{canonical.numeral(a)},{canonical.numeral(b)}"


def _fill(value: object) -> float | str:
    """As float32 holds it; "nan" for NaN."""
    if value == "nan" or isinstance(value, float) and math.isnan(value):
        return "nan"
    if isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool):
        with np.errstate(over="ignore"):
            number = float(np.float32(value))
        if math.isfinite(number):
            return number
    raise wrong(f"fill is {value!r}", 'it takes a number or "nan"')


def _blocks(given: dict) -> dict[str, int | None]:
    if given.get("order") == "blocks":
        return {"block_windows": _whole(given, "block_windows", 256), "blocks_mixed": _whole(given, "blocks_mixed", 16)}
    if "block_windows" in given or "blocks_mixed" in given:
        raise wrong("block_windows and blocks_mixed go with order `blocks`", "give order='blocks'")
    return {"block_windows": None, "blocks_mixed": None}


def _resize(value: object) -> list[int] | None:
    if value is None:
        return None
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise wrong(f"resize is {value!r}", "it takes [rows, columns]")
    sides = dict(zip(("resize rows", "resize columns"), value))
    return [_whole(sides, key, 0) for key in sides]


def _crop(value: object) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict) or not {"rows", "columns"} <= set(value):
        raise wrong(f"crop is {value!r}", "it takes {'rows': h, 'columns': w, 'at': 'centre'}")
    sides = {f"crop {key}": value[key] for key in ("rows", "columns")}
    crop = {key: _whole(sides, f"crop {key}", 0) for key in ("rows", "columns")}
    crop["at"] = _named({"crop's at": value.get("at", "centre")}, "crop's at", "centre", ("centre", "random", "fixed"))
    places = ("row", "column") if crop["at"] == "fixed" else ()
    if not set(value) <= {"rows", "columns", "at", *places} or not set(places) <= set(value):
        raise wrong(f"crop is {value!r}", "a crop has rows, columns, at; a fixed one row and column besides")
    return crop | {key: _whole({key: value[key]}, key, 0, least=0) for key in places}
