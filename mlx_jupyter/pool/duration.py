"""How long a model is kept: `keep_alive`, as ollama writes it."""

from __future__ import annotations

import math
import re

__all__ = ["parse_duration"]

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ms|s|m|h|d)")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")


def parse_duration(value: str | int | float) -> float | None:
    """Seconds; None is for ever. Accepts `"30m"`, `"1h30m"`, `"500ms"`, a number of seconds, 0 for
    at once, and anything negative for ever. Raises `ValueError`."""
    if isinstance(value, str):
        return _parsed(value.strip().lower())
    if isinstance(value, bool) or math.isnan(value):
        raise _wrong(value)
    return None if value < 0 or math.isinf(value) else float(value)


def _parsed(text: str) -> float | None:
    if _NUMBER.fullmatch(text):
        return parse_duration(float(text))
    sign, rest = (-1, text[1:]) if text.startswith("-") else (1, text)
    parts = _PART.findall(rest)
    if not parts or "".join(number + unit for number, unit in parts) != rest:
        raise _wrong(text)
    seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    return None if sign < 0 else seconds


def _wrong(value: object) -> ValueError:
    return ValueError(
        f"{value!r} is not a duration: write '30m', '1h30m', '45s', a number of seconds, 0 for at "
        "once or -1 for ever."
    )
