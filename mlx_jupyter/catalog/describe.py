"""From a folder to a `Checkpoint`: reads its config and the headers of its weights only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlx_jupyter.catalog.checkpoint import Checkpoint, Kind
from mlx_jupyter.catalog.detect import detect
from mlx_jupyter.catalog.families import family_of
from mlx_jupyter.catalog.footprint import tensor_bytes, weight_files
from mlx_jupyter.catalog.json_file import read_object, read_object_if_present

__all__ = ["context_length", "describe"]

_CONTEXT_KEYS = (
    *("max_position_embeddings", "max_seq_len", "seq_length", "model_max_length"),
    *("n_positions", "n_ctx"),
)


def describe(model_id: str, folder: Path, revision: str | None = None) -> Checkpoint:
    """The checkpoint in `folder`, under the name `model_id`.

    Raises `CheckpointInvalid` where the config or a weight file's header cannot be read. That it
    can be described does not say that it can be loaded: that is `preflight`'s question.
    """
    config = read_object(folder / "config.json")
    sizes = tensor_bytes(weight_files(folder))
    files = {entry.name for entry in folder.iterdir()}
    kind, why = detect(config, files, model_id, sizes)
    return Checkpoint(
        id=model_id,
        path=folder,
        kind=kind,
        why=why,
        family=family_of(str(config.get("model_type") or "")),
        context_length=context_length(config, folder, kind),
        size_bytes=sum(sizes.values()),
        revision=revision,
        created=int((folder / "config.json").lstat().st_mtime),
    )


def context_length(config: Mapping[str, Any], folder: Path, kind: Kind) -> int | None:
    """How many tokens the model takes, `None` where its config names no number.

    For an embedding model the `max_seq_length` of its sentence_bert_config.json bounds it.
    """
    own = _first_length(config)
    if own is None and isinstance(nested := config.get("text_config"), Mapping):
        own = _first_length(nested)
    if kind != "embedding":
        return own
    sentence = read_object_if_present(folder / "sentence_bert_config.json")
    bounds = [n for n in (own, _length(sentence.get("max_seq_length"))) if n is not None]
    return min(bounds, default=None)


def _first_length(config: Mapping[str, Any]) -> int | None:
    lengths = (_length(config.get(key)) for key in _CONTEXT_KEYS)
    return next((length for length in lengths if length is not None), None)


def _length(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
