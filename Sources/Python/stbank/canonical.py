"""JSON as RFC 8785 writes it: the same value gives the same bytes everywhere."""

import json


def numeral(value: float) -> str:
    """A finite number as ECMAScript writes it."""
    if value == 0:
        return "0"
    if value < 0:
        return "-" + numeral(-value)
    mantissa, _, exponent = f"{value!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    point = len(whole) + int(exponent or 0)
    digits = (whole + fraction).lstrip("0")
    point -= len(whole + fraction) - len(digits)
    digits = digits.rstrip("0")
    if 0 < point <= 21:
        if len(digits) <= point:
            return digits.ljust(point, "0")
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{point - 1:+d}"


def text(value: object) -> str:
    """Members sorted, no blanks. Keys are ASCII here, so that any order of code units is the same."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{text(key)}:{text(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(text, value)) + "]"
    if isinstance(value, float):
        return numeral(value)
    return json.dumps(value, ensure_ascii=False)
