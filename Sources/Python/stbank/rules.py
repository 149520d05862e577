"""A normalisation as numbers of one field. StreamOrder.md, "Values"."""

import numpy as np

from .bank import Dataset
from .errors import StbankError
from .plan import affine

# Divisors and summands of the benchmarks' own rules: (x + summand) / divisor of stored values.
SEVIR = {
    "vil": (0.0, 255.0),
    "ir069": (3683.58, 1174.68),
    "ir107": (1552.80, 2562.43),
    "lght": (-0.02990, 0.60517),
}


class ChannelRule:
    """`shift` None: stored * A + B. Else ln(max(0, stored * A + B) + shift), where A and B are scale and offset.

    A and B: float64, one a channel.
    """

    def __init__(self, rule: str, number: int, dataset: Dataset) -> None:
        self.shift: float | None = None
        field = dataset.fields[number]
        scale, offset = float(field["scale"]), float(field["offset"])
        source = dataset.record["source"]
        if rule == "none":
            self._set(field, scale, offset)
        elif rule == "log":
            self.shift = 1.0
            self._set(field, scale, offset)
        elif rule == "standard":
            self._set_standard(number, dataset)
        elif rule == "minmax":
            self._set_range(number, dataset, 0.0, 1.0)
        elif rule != "benchmark":
            a, b = affine(rule)
            self._set(field, a * scale, a * offset + b)
        elif source == "sevir" and field["name"] in SEVIR:
            summand, divisor = SEVIR[field["name"]]
            self._set(field, 1 / divisor, summand / divisor)
        elif source == "taxibj":
            self._set_range(number, dataset, -1.0, 1.0)
        elif source in ("kth", "pd", "firesys") and field["element"] == "uint8":
            self._set(field, 1 / 255, 0.0)
        elif source == "rainnet" and field["units"] == "mm":
            self.shift = 0.01
            self._set(field, scale, offset)
        else:
            raise StbankError(
                "usage",
                f"there is no benchmark's rule for field `{field['name']}` of {source}",
                dataset.id,
                "take none, standard, minmax, log or affine:A,B",
            )

    def _set(self, field: dict, a: float, b: float) -> None:
        self.a = np.full(field["channels"], a)
        self.b = np.full(field["channels"], b)

    def _statistics(self, number: int, dataset: Dataset) -> list[dict]:
        found = dataset.record["statistics"][number]
        if not found or len(found["channels"]) != dataset.fields[number]["channels"]:
            raise StbankError(
                "usage",
                "there are no training frames, so nothing to normalise by",
                dataset.id,
                "ingest with another --split, or take none, log, benchmark or affine:A,B",
            )
        return found["channels"]

    def _set_standard(self, number: int, dataset: Dataset) -> None:
        sign = -1.0 if dataset.fields[number]["scale"] < 0 else 1.0
        channels = self._statistics(number, dataset)
        self.a = np.array([sign / (channel.get("deviation", 1.0) or 1.0) for channel in channels])
        self.b = -self.a * np.array([float(channel.get("mean", 0.0)) for channel in channels])

    def _set_range(self, number: int, dataset: Dataset, low: float, high: float) -> None:
        """The training split's range becomes `low` to `high`."""
        falls = dataset.fields[number]["scale"] < 0
        channels = self._statistics(number, dataset)
        least = np.array([float(channel.get("least", 0.0)) for channel in channels])
        largest = np.array([float(channel.get("largest", 0.0)) for channel in channels])
        width = largest - least
        a = (-1.0 if falls else 1.0) / np.where(width == 0, 1.0, width)
        b = -a * (largest if falls else least)
        self.a = a * (high - low)
        self.b = b * (high - low) + low
