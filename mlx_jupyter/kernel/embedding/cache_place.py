"""Where vectors are kept between runs: `MLX_JUPYTER_CACHE`, else the user's cache folder."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path

__all__ = ["cache_folder"]

_NOWHERE = ("off", "0", "false", "no")


def cache_folder() -> Path | None:
    """`MLX_JUPYTER_CACHE=off` keeps nothing."""
    place = os.environ.get("MLX_JUPYTER_CACHE", "")
    if place.lower() in _NOWHERE:
        return None
    if place:
        return Path(place).expanduser()
    return user_cache_path("mlx_jupyter", appauthor=False)
