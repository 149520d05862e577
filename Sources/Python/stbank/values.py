"""Stored frames to float32: crop, rule, missing values, resize. StreamOrder.md, "Values"."""

from typing import Any

import numpy as np

from .bank import Dataset
from .errors import StbankError
from .payload import element_of
from .rules import ChannelRule


class ValueLayout:
    """How frames of one field become float32 (count, C, h, w)."""

    def __init__(self, dataset: Dataset, number: int, plan: dict[str, Any]) -> None:
        self._field = field = dataset.fields[number]
        self._crop = crop = plan["crop"] or {"rows": field["rows"], "columns": field["columns"]}
        self._check_crop(dataset)
        self._rule = ChannelRule(plan["normalise"], number, dataset)
        self._fill = np.float32("nan" if plan["fill"] == "nan" else plan["fill"])
        self._missing = _sentinels(field)
        self._taps = None
        self.rows, self.columns = plan["resize"] or (crop["rows"], crop["columns"])
        # A resize to the size that is there already is none.
        if (self.rows, self.columns) != (crop["rows"], crop["columns"]):
            self._taps = _taps(crop["rows"], self.rows), _taps(crop["columns"], self.columns)

    def _check_crop(self, dataset: Dataset) -> None:
        field, crop = self._field, self._crop
        row, column = crop.get("row", 0), crop.get("column", 0)
        if row + crop["rows"] > field["rows"] or column + crop["columns"] > field["columns"]:
            place = f" at ({row}, {column})" if "row" in crop else ""
            raise StbankError(
                "usage",
                f"a crop of {crop['rows']}x{crop['columns']}{place} does not fit the grid of `{field['name']}`, "
                f"{field['rows']}x{field['columns']}",
                dataset.id,
                "take a smaller one, or another place",
            )

    @property
    def channels(self) -> int:
        return self._field["channels"]

    @property
    def room(self) -> tuple[int, int]:
        """Rows and columns that the crop may be moved by."""
        return self._field["rows"] - self._crop["rows"], self._field["columns"] - self._crop["columns"]

    def convert(self, stored: np.ndarray, row: int, column: int, out: np.ndarray, mask: np.ndarray | None) -> None:
        """Stored values (count, C, H, W) to float32 (count, C, h, w); `mask` gets 1 where an element is not missing."""
        stored = stored[..., row : row + self._crop["rows"], column : column + self._crop["columns"]]
        missing = self._is_missing(stored)
        with np.errstate(all="ignore"):
            if self._taps:
                missing = self._resize(stored, missing, out)
            elif self._rule.shift is not None:
                out[...] = self._changed(stored.astype(np.float64))
            else:
                self._scale(stored, out)
        if missing is not None:
            np.copyto(out, self._fill, where=missing)
        if mask is not None:
            mask[...] = 1 if missing is None else ~missing

    def _is_missing(self, stored: np.ndarray) -> np.ndarray | None:
        missing = ~np.isfinite(stored) if stored.dtype.kind == "f" else None
        if self._missing:
            # Bits are compared, so that 0 and -0 differ.
            bits = stored.view(f"<u{stored.itemsize}")
            for value in self._missing:
                found = bits == value
                missing = found if missing is None else missing | found
        return missing

    def _scale(self, stored: np.ndarray, out: np.ndarray) -> None:
        a, b = self._rule.a.astype(np.float32), self._rule.b.astype(np.float32)
        # x + -0 is x, the sign of zero too.
        b = np.where((a == 1) & (b == 0), np.float32(-0.0), b)
        np.multiply(stored.astype(np.float32), a[:, None, None], out=out)
        np.add(out, b[:, None, None], out=out)

    def _changed(self, value: np.ndarray) -> np.ndarray:
        """A and B, or the logarithm, in double."""
        value = value * self._rule.a[:, None, None] + self._rule.b[:, None, None]
        if self._rule.shift is None:
            return value
        value = np.maximum(value, 0)
        return np.log1p(value) if self._rule.shift == 1 else np.log(value + self._rule.shift)

    def _resize(self, stored: np.ndarray, missing: np.ndarray | None, out: np.ndarray) -> np.ndarray | None:
        """Bilinear: first along the row, then down."""
        (upper, lower, down), (left, right, along) = self._taps
        values = _mixed(stored[..., left].astype(np.float64), stored[..., right].astype(np.float64), along)
        values = _mixed(values[..., upper, :], values[..., lower, :], down[:, None])
        out[...] = self._changed(values)
        if missing is None:
            return None
        lost = missing[..., left] | missing[..., right] & (along > 0)
        return lost[..., upper, :] | lost[..., lower, :] & (down > 0)[:, None]


def _mixed(first: np.ndarray, second: np.ndarray, share: np.ndarray) -> np.ndarray:
    # A contributor of no weight is not looked at: it may be NaN.
    return np.where(share == 0, first, first * (1 - share) + second * share)


def _taps(source: int, target: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First and second contributor of each cell, and the share of the second."""
    place = np.clip((np.arange(target) + 0.5) * source / target - 0.5, 0, source - 1)
    first = place.astype(np.int64)
    return first, np.minimum(first + 1, source - 1), place - first


def _sentinels(field: dict) -> list[int]:
    """The bits of the stored values that mean `no value`."""
    element = element_of(field)
    result = []
    for value in field["missing"]:
        if isinstance(value, str):
            continue  # NaN and infinities are missing anyway.
        if element.kind == "f":
            with np.errstate(over="ignore"):
                number = element.type(value)
        else:
            # The upper half of uint64 is written as the negative number with the same bits.
            value = value % (1 << 64) if element == np.uint64 else value
            if value != int(value) or not np.iinfo(element).min <= value <= np.iinfo(element).max:
                continue
            number = element.type(int(value))
        result.append(int(np.array(number, element).view(f"<u{element.itemsize}")))
    return result
