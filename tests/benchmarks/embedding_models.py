"""The embedding model that is measured: as large as all-MiniLM-L6, its weights random in f32, built
once and kept in a cache."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from tests.benchmarks.checkpoints import build

__all__ = ["MODEL", "embedding_checkpoint"]

MODEL = "minilm"
RECIPE = Path(__file__).with_name("embedding_checkpoint.py")


def embedding_checkpoint(cache: Path) -> Path:
    """Its folder, built if need be, by a child (only children import MLX)."""
    folder = cache / hashlib.sha256(RECIPE.read_bytes()).hexdigest()[:8] / MODEL
    if not folder.exists():
        variables = {**os.environ, "MLX_DISABLE_COMPILE": "1", "HF_HUB_OFFLINE": "1"}
        build(folder, "tests.benchmarks.embedding_checkpoint", variables=variables)
    return folder
