"""The models that are measured: llamas with random weights in f32, built once and kept in a cache.

Random weights cost the same time as trained ones, and nothing has to be downloaded.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

__all__ = ["SHAPES", "Shape", "build", "checkpoint", "default_cache"]

RECIPE_VERSION = 1
"""To be raised whenever `recipe` writes something else for the same shape."""


class Shape(Struct, frozen=True):
    """A llama's size, and how many tokens an answer of it has in the benchmark: enough for a burst
    to last a few tenths of a second."""

    layers: int
    hidden: int
    feed_forward: int
    heads: int
    kv_heads: int
    vocabulary: int
    answer_tokens: int


SHAPES = {
    "llama-150m": Shape(14, 896, 2432, 14, 7, 8192, answer_tokens=32),
    "llama-60m": Shape(11, 640, 1792, 10, 5, 8192, answer_tokens=64),
    "llama-3m": Shape(4, 128, 384, 2, 1, 8192, answer_tokens=128),
    "llama-tiny": Shape(2, 64, 128, 2, 1, 512, answer_tokens=8),
}
"""`llama-60m` decodes at the pace of a small model on a laptop; with `llama-3m` the server's own
cost dominates; `llama-150m` is for loading, half a gigabyte; `llama-tiny` is for the test of this
benchmark."""


def default_cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "mlx-jupyter" / "benchmarks"


def checkpoint(name: str, cache: Path) -> Path:
    """The folder of the model `name`, built if need be, by a child (only children import MLX)."""
    shape = SHAPES[name]
    digest = hashlib.sha256(msgspec.json.encode((RECIPE_VERSION, shape))).hexdigest()[:8]
    folder = cache / digest / name
    if not folder.exists():
        build(folder, "tests.benchmarks.recipe", msgspec.json.encode(shape).decode())
    return folder


def build(
    folder: Path, module: str, *arguments: str, variables: Mapping[str, str] | None = None
) -> None:
    """By `python -m module FOLDER arguments`, beside its place and then moved there, so that a
    folder that exists is whole. The child's environment is `variables`, None is for ours."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix="draft-", dir=folder.parent))
    command = [sys.executable, "-m", module, str(draft), *arguments]
    try:
        subprocess.run(command, check=True, env=variables)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
