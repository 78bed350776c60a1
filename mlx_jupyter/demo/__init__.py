"""The demo models: toys that make everything run with no download.

Importing this loads no model and no MLX.
"""

from pathlib import Path

__all__ = ["FOLDER", "MODELS"]

FOLDER = Path(__file__).parent
MODELS: dict[str, Path] = {f"demo/{name}": FOLDER / name for name in ("chat", "vision", "embed")}
