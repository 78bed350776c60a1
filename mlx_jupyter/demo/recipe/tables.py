"""The recipe's tables: TOML files in `data/`, read once each."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["table"]

FOLDER = Path(__file__).parent / "data"


@cache
def table(name: str) -> dict[str, Any]:
    """The content of `data/NAME.toml`; not to be changed by its reader."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
