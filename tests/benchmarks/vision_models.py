"""The vision models that are measured: random weights in f32, built once and kept in a cache."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import msgspec
from msgspec import Struct

from tests.benchmarks.checkpoints import build

__all__ = ["FAMILIES", "vision_checkpoint"]

RECIPE = Path(__file__).with_name("vision_checkpoint.py")


class Family(Struct, frozen=True):
    """`eye_layers` of the tower take nearly all of the time to the first token."""

    model_type: str
    architecture: str
    processor: str
    eye_layers: int = 8


QWEN2 = ("qwen2_vl", "Qwen2VLForConditionalGeneration", "Qwen2VLProcessor")
QWEN2_5 = ("qwen2_5_vl", "Qwen2_5_VLForConditionalGeneration", "Qwen2_5_VLProcessor")
FAMILIES = {
    "qwen2_vl": Family(*QWEN2),
    "qwen2_vl-light": Family(*QWEN2, eye_layers=1),
    "qwen2_5_vl": Family(*QWEN2_5),
}
"""A light tower takes 3 s on a core of a server's CPU, where the others take 10 to 20: there the
cost of serving is not lost in it."""


def vision_checkpoint(family: str, cache: Path) -> Path:
    """The folder of the model `family`, built if need be, by a child (only children import MLX)."""
    recipe = RECIPE.read_bytes() + msgspec.json.encode(FAMILIES[family])
    folder = cache / hashlib.sha256(recipe).hexdigest()[:8] / family
    if not folder.exists():
        variables = {**os.environ, "MLX_DISABLE_COMPILE": "1", "HF_HUB_OFFLINE": "1"}
        build(folder, "tests.benchmarks.vision_checkpoint", family, variables=variables)
    return folder
