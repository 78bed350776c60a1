"""Sizes and times as a person reads them. 1 GB is 10^9 bytes."""

from __future__ import annotations

__all__ = ["duration", "gigabytes", "size"]

_UNITS = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB"))
_DIGITS = 3
_SPANS = ((86400, "d"), (3600, "h"), (60, "min"))


def size(count_bytes: float) -> str:
    """Three digits: `512 B`, `4.24 MB`, `18.0 GB`."""
    for unit_bytes, name in _UNITS:
        value = count_bytes / unit_bytes
        # 999.9996 kB would be written as 1000 kB.
        if round(value, _DIGITS) >= 1:
            decimals = max(0, _DIGITS - len(str(int(value))))
            return f"{value:.{decimals}f} {name}"
    return f"{count_bytes:.0f} B"


def gigabytes(count_gb: float) -> str:
    """`size` of what the server gives in units of 10^9 bytes."""
    return size(count_gb * 10**9)


def duration(seconds: float) -> str:
    """`0.3 s`, `45 s`, `5 min`, `3 h`, `2 d`; rounded down from a minute on."""
    for span_seconds, name in _SPANS:
        if seconds >= span_seconds:
            return f"{int(seconds // span_seconds)} {name}"
    return f"{seconds:.1f} s" if 0.05 <= seconds < 9.95 else f"{max(seconds, 0):.0f} s"
