"""Which library runs which kind, and which architectures it has, without importing it.

Importing mlx_lm costs a second and lowers the process's limit of open files for good (0.32.2,
`utils.py`), so its folder is looked up and its `models/` listed. Every engine renames some
`model_type`s in a table `MODEL_REMAPPING` of its `utils.py`; the table is read from the source as
the literal that it is. Where that table is no longer found nothing is refused: better a late
error from the loader than an early one that is wrong.
"""

from __future__ import annotations

import ast
import functools
import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path

from mlx_jupyter.catalog.checkpoint import Kind

__all__ = ["ENGINES", "Engine", "has_architecture", "is_installed"]


@dataclass(frozen=True, slots=True)
class Engine:
    """A library that loads one kind: its package, and what to install to have it."""

    package: str
    distribution: str
    install: str


ENGINES: dict[Kind, Engine] = {
    "text": Engine("mlx_lm", "mlx-lm", "pip install mlx-lm"),
    "vision": Engine("mlx_vlm", "mlx-vlm", "pip install 'mlx-jupyter[vision]'"),
    "embedding": Engine(
        "mlx_embeddings", "mlx-embeddings", "pip install 'mlx-jupyter[embeddings]'"
    ),
}

_REMAPPING = re.compile(r"^MODEL_REMAPPING\b[^=\n]*=\s*(\{\}|\{.*?^\})", re.MULTILINE | re.DOTALL)
_PLAIN_NAME = re.compile(r"[\w.-]+")


def is_installed(kind: Kind) -> bool:
    """Whether the engine of this kind can be imported in this environment."""
    return _package_folder(ENGINES[kind].package) is not None


def has_architecture(kind: Kind, model_type: str) -> bool:
    """Whether the engine of `kind` has a module for `model_type`; `True` also where that cannot be
    told, because the engine is not installed or keeps its tables elsewhere."""
    folder = _package_folder(ENGINES[kind].package)
    remapping = _remapping(folder / "utils.py") if folder else None
    if folder is None or remapping is None:
        return True
    module = _normalised(kind, model_type)
    module = remapping.get(module, module)
    models = folder / "models"
    return bool(_PLAIN_NAME.fullmatch(module)) and (
        (models / f"{module}.py").is_file() or (models / module / "__init__.py").is_file()
    )


def _normalised(kind: Kind, model_type: str) -> str:
    """As each engine does it (mlx-lm 0.32, mlx-vlm 0.7, mlx-embeddings 0.1)."""
    if kind == "vision":
        return model_type.lower()
    return model_type.replace("-", "_") if kind == "embedding" else model_type


@functools.cache
def _package_folder(package: str) -> Path | None:
    """The folder of a top-level package; `find_spec` of such a name imports nothing."""
    spec = importlib.util.find_spec(package)
    locations = list(spec.submodule_search_locations or []) if spec else []
    return Path(locations[0]) if locations else None


@functools.cache
def _remapping(source: Path) -> dict[str, str] | None:
    """The engine's own table, `None` where it is not found as a literal."""
    try:
        found = _REMAPPING.search(source.read_text(encoding="utf-8"))
        table = ast.literal_eval(found.group(1)) if found else None
    except (OSError, ValueError, SyntaxError):
        return None
    return table if isinstance(table, dict) else None
