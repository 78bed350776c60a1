"""What models took the last time, in bytes and seconds, remembered on disk.

The time that a load will take is that of the model's last load; for a model that was never loaded,
its size times a moving average of seconds per byte over all loads.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

import msgspec

__all__ = ["History"]

MOST_MODELS = 500
NEWEST_SHARE = 0.3
"""The weight of the newest load in the average."""

log = logging.getLogger(__name__)


class _Entry(msgspec.Struct):
    estimate_bytes: int
    measured_bytes: int
    load_seconds: float


class _Book(msgspec.Struct):
    """`models` in the order in which they were loaded last."""

    models: dict[str, _Entry] = {}
    seconds_per_byte: float | None = None


class History:
    """`file` None is for a history that ends with the process."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._book = _read(file) if file is not None else _Book()
        self._warned = False

    def footprint_bytes(self, key: str, estimate_bytes: int) -> int:
        """What was measured, if the estimate was the same then: else the files have changed."""
        entry = self._book.models.get(key)
        if entry is None or entry.estimate_bytes != estimate_bytes:
            return estimate_bytes
        return entry.measured_bytes

    def load_seconds(self, key: str, size_bytes: int) -> float | None:
        """None while nothing has been loaded yet."""
        entry = self._book.models.get(key)
        if entry is not None:
            return entry.load_seconds
        rate = self._book.seconds_per_byte
        return None if rate is None else rate * size_bytes

    def remember(
        self, key: str, estimate_bytes: int, measured_bytes: int, load_seconds: float
    ) -> None:
        models = self._book.models
        models.pop(key, None)
        models[key] = _Entry(estimate_bytes, measured_bytes, load_seconds)
        for oldest in list(models)[:-MOST_MODELS]:
            del models[oldest]
        if measured_bytes > 0:
            self._average(load_seconds / measured_bytes)

    def save(self) -> None:
        """Whole or not at all. A disk that cannot be written to costs a warning."""
        if self._file is None:
            return
        new = self._file.with_name(f"{self._file.name}.{os.getpid()}.new")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            new.write_bytes(msgspec.json.encode(self._book))
            new.replace(self._file)
        except OSError as error:
            if not self._warned:
                log.warning("Load times and sizes are not kept: %s", error)
            self._warned = True

    def _average(self, rate: float) -> None:
        before = self._book.seconds_per_byte
        share = 1.0 if before is None else NEWEST_SHARE
        self._book.seconds_per_byte = share * rate + (1 - share) * (before or 0.0)


def _read(file: Path) -> _Book:
    try:
        return msgspec.json.decode(file.read_bytes(), type=_Book)
    except FileNotFoundError:
        return _Book()
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        log.warning("%s is not used: %s", file, error)
        return _Book()
