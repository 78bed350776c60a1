"""Sizes as people write them, and what they are of.

A GB is 10^9 bytes and a GiB 2^30, here and in all that is shown.
"""

from __future__ import annotations

import re
import sys

__all__ = ["device_bytes", "gigabytes", "parse_limit", "parse_share", "parse_size"]

_UNITS = {
    "": 1,
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "tb": 10**12,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
    "tib": 2**40,
}
_SIZE = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([a-z]*)\s*", re.IGNORECASE)
_ACCEPTED = "write '75%', '24GB', '512MB' or a number of bytes"
_METAL_SHARE = 0.75
"""Of physical memory: what macOS recommends to Metal on most machines, until a worker has asked."""


def parse_size(text: str | int | float) -> int:
    """Bytes. Raises `ValueError`."""
    if isinstance(text, int | float):
        size = float(text)
    else:
        found = _SIZE.fullmatch(text)
        unit = _UNITS.get(found[2].lower()) if found else None
        if found is None or unit is None:
            raise ValueError(f"{text!r} is not a size: {_ACCEPTED}.")
        size = float(found[1]) * unit
    if not 1 <= size < 2**63:
        raise ValueError(f"{text!r} is not a size that memory can have: {_ACCEPTED}.")
    return int(size)


def parse_limit(text: str | int | float, device_bytes: int) -> int:
    """Bytes: a size, or a percentage of `device_bytes`. Raises `ValueError`."""
    if not (isinstance(text, str) and text.strip().endswith("%")):
        return parse_size(text)
    try:
        percent = float(text.strip().removesuffix("%"))
    except ValueError:
        raise ValueError(f"{text!r} is not a percentage: {_ACCEPTED}.") from None
    if not 0 < percent <= 100:
        raise ValueError(f"{text!r} is not more than 0% and at most 100%.")
    return max(1, int(device_bytes * percent / 100))


def parse_share(text: str | int | float, of_bytes: int) -> int:
    """As `parse_limit`, of what may also be nothing: `0` or `off`. Raises `ValueError`."""
    if str(text).strip().lower() in ("0", "0%", "0.0", "off"):
        return 0
    return parse_limit(text, of_bytes)


def device_bytes(told_bytes: int | None, host_total_bytes: int) -> int:
    """What a percentage is of: what the device recommends to use, where a worker has told it, else
    physical memory."""
    if told_bytes is not None:
        return told_bytes
    if sys.platform == "darwin":
        return int(host_total_bytes * _METAL_SHARE)
    return host_total_bytes


def gigabytes(size_bytes: int) -> str:
    """`41.2 GB`; small ones with three digits that say something, `0.000461 GB`."""
    value = size_bytes / 10**9
    if abs(value) >= 1 or not value:
        return f"{value:.1f} GB"
    decimals = 2
    while decimals < 9 and abs(value) < 10.0 ** (2 - decimals):
        decimals += 1
    return f"{value:.{decimals}f} GB"
