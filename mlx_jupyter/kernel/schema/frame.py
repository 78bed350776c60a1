"""pandas, where the user has it: imported when the first table is made, never before."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from mlx_jupyter.errors import InvalidRequest

__all__ = ["frame_of", "needed_pandas", "pandas"]


def pandas() -> Any:
    """The module, or None where it is not installed."""
    try:
        return importlib.import_module("pandas")
    except ImportError:
        return None


def needed_pandas() -> Any:
    """Raises InvalidRequest where it is not installed."""
    module = pandas()
    if module is None:
        raise InvalidRequest("A table needs pandas, which is not installed: %pip install pandas.")
    return module


def frame_of(records: Sequence[dict[str, Any]], columns: list[str] | None) -> Any:
    """A DataFrame with a row for each record, or None without pandas. `columns` are those of an
    empty one as well; None takes what the records have."""
    module = pandas()
    if module is None:
        return None
    return module.DataFrame(list(records), columns=columns)
