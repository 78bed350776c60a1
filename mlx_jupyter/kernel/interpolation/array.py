"""Arrays: what they are, and their values if these are few. NumPy is not imported."""

from __future__ import annotations

import sys
from typing import Any

from mlx_jupyter.kernel.images.array import is_array

__all__ = ["array_text", "is_photo"]

_WHOLE = 1_000
"""Of more values NumPy gives the edges."""
_LINE_CHARACTERS = 100
_MIN_PHOTO_PIXELS = 8


def array_text(value: Any) -> str | None:
    """Shape, type and bounded values; None for what is no array, or a single value."""
    if not is_array(value) or not hasattr(value, "ndim") or value.ndim == 0:
        return None
    shape = "×".join(map(str, value.shape))
    return f"{type(value).__name__}, {shape}, {value.dtype}\n{_values(value)}"


def is_photo(value: Any) -> bool:
    """Whether an array is a picture rather than data: bytes, height×width×3 or 4, neither side
    shorter than 8."""
    if not is_array(value) or str(value.dtype) not in ("uint8", "torch.uint8"):
        return False
    shape = tuple(value.shape)
    return len(shape) == 3 and shape[2] in (3, 4) and min(shape[:2]) >= _MIN_PHOTO_PIXELS


def _values(value: Any) -> str:
    numpy: Any = sys.modules["numpy"]
    if not isinstance(value, numpy.ndarray):
        return repr(value)  # of torch, MLX, xarray: each bounds its own
    return str(numpy.array2string(value, threshold=_WHOLE, max_line_width=_LINE_CHARACTERS))
