"""Knows a model before it is loaded: where it is, what it is, what it needs, whether it is whole.

Reads files, never MLX; nothing here runs code from a checkpoint or talks to a network.
"""

from mlx_jupyter.catalog.checkpoint import Checkpoint, Kind
from mlx_jupyter.catalog.families import end_of_turn, family_of
from mlx_jupyter.catalog.footprint import footprint_bytes
from mlx_jupyter.catalog.hub_cache import default_hub_cache, hub_name
from mlx_jupyter.catalog.preflight import preflight
from mlx_jupyter.catalog.repository import Catalog
from mlx_jupyter.catalog.tokenizer import check_tokenizer

__all__ = [
    "Catalog",
    "Checkpoint",
    "Kind",
    "check_tokenizer",
    "default_hub_cache",
    "end_of_turn",
    "family_of",
    "footprint_bytes",
    "hub_name",
    "preflight",
]
