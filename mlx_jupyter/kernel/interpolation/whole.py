"""Values that are texts already, or whose text is all there is to them: never cut."""

from __future__ import annotations

import sys
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import PurePath
from typing import Any
from uuid import UUID

from IPython.display import DisplayObject
from IPython.utils.text import SList

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.reports.report import Report

__all__ = ["whole_text"]

_PLAIN = (
    *(bool, int, float, complex, type(None), Decimal, Fraction, Enum, UUID),
    *(date, time, timedelta, PurePath),
)


def whole_text(value: Any) -> str | None:
    """A text as it is, an answer's text, a report as plain text, lines of a shell command, what
    `Markdown` and its like hold, a number, a date, a path (not what the file holds); else None."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Answer):
        return value.text
    if isinstance(value, Report):
        return value.as_plain()
    if isinstance(value, SList):
        return "\n".join(value)
    if isinstance(value, DisplayObject):
        return value.data if isinstance(value.data, str) else None
    return str(value) if isinstance(value, _PLAIN) or _is_numpy_scalar(value) else None


def _is_numpy_scalar(value: Any) -> bool:
    numpy: Any = sys.modules.get("numpy")
    if numpy is None:
        return False
    return isinstance(value, numpy.generic) or (isinstance(value, numpy.ndarray) and not value.ndim)
