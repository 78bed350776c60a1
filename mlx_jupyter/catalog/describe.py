"""From a folder to a `Checkpoint`: reads its config and the headers of its weights only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mlx_jupyter.catalog.checkpoint import Checkpoint, Kind
from mlx_jupyter.catalog.detect import detect, told
from mlx_jupyter.catalog.families import family_of
from mlx_jupyter.catalog.fingerprint import fingerprint
from mlx_jupyter.catalog.footprint import (
    Header,
    float32_bytes,
    footprint_bytes,
    merged,
    norm_bytes,
    read_header,
    weight_files,
)
from mlx_jupyter.catalog.json_file import read_object, read_object_if_present
from mlx_jupyter.catalog.kv_cache import KVShape, kv_shape
from mlx_jupyter.catalog.sentence import sentence_of
from mlx_jupyter.errors import CheckpointInvalid

__all__ = ["context_length", "describe"]

_CONTEXT_KEYS = (
    *("max_position_embeddings", "max_seq_len", "seq_length", "model_max_length"),
    *("n_positions", "n_ctx"),
)
_QUANTISED_KEYS = ("quantization", "quantization_config")


def describe(
    model_id: str, folder: Path, revision: str | None = None, kind: Kind | None = None
) -> Checkpoint:
    """The checkpoint in `folder`, under the name `model_id`; of `kind`, if that is known better.

    Raises `CheckpointInvalid` where the config or a weight file's header cannot be read. That it
    can be described does not say that it can be loaded: that is `preflight`'s question.
    """
    config = read_object(folder / "config.json")
    headers = [read_header(file) for file in weight_files(folder)]
    sizes = merged(headers)
    files = {entry.name for entry in folder.iterdir()}
    model_type = str(config.get("model_type") or "")
    found = detect(config, files, model_id, sizes) if kind is None else told(kind)
    steps_bytes = _steps_bytes(folder) if found.kind == "embedding" else 0
    return Checkpoint(
        id=model_id,
        path=folder,
        kind=found.kind,
        why=found.why,
        decided_by=found.decided_by,
        family=family_of(model_type),
        context_length=context_length(config, folder, found.kind),
        size_bytes=sum(sizes.values()) + steps_bytes,
        revision=revision,
        created=int((folder / "config.json").lstat().st_mtime),
        fingerprint=fingerprint(folder),
        ranks=found.kind == "embedding" and _is_cross_encoder(config),
        kv=_kv(config, headers) if found.kind != "embedding" else KVShape(),
        float32_bytes=_float32_bytes(headers, steps_bytes),
        quantised=any(config.get(key) for key in _QUANTISED_KEYS),
        model_type=model_type,
    )


def context_length(config: Mapping[str, Any], folder: Path, kind: Kind) -> int | None:
    """How many tokens the model takes, `None` where its config names no number.

    For an embedding model the `max_seq_length` of its sentence_bert_config.json bounds it, and a
    RoBERTa numbers its positions from behind the padding's id, so that it has two fewer.
    """
    own = _first_length(config)
    if own is not None and "roberta" in str(config.get("model_type")).lower():
        own = max(1, own - 1 - _padding_id(config))
    if own is None and isinstance(nested := config.get("text_config"), Mapping):
        own = _first_length(nested)
    if kind != "embedding":
        return own
    sentence = read_object_if_present(folder / "sentence_bert_config.json")
    bounds = [n for n in (own, _length(sentence.get("max_seq_length"))) if n is not None]
    return min(bounds, default=None)


def _padding_id(config: Mapping[str, Any]) -> int:
    value = config.get("pad_token_id")
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return 1


def _steps_bytes(folder: Path) -> int:
    """Of the weights of sentence-transformers' steps behind the model."""
    try:
        steps = sentence_of(folder).dense
    except CheckpointInvalid:  # said when it is loaded
        return 0
    return sum(footprint_bytes(folder / step) for step in steps)


def _is_cross_encoder(config: Mapping[str, Any]) -> bool:
    named = config.get("architectures")
    names = named if isinstance(named, list) else [named]
    return any(str(name).endswith("ForSequenceClassification") for name in names)


def _float32_bytes(headers: Sequence[Header], steps_bytes: int) -> int | None:
    """Steps behind the model stay as they are."""
    has_halves = any(header.halves for header in headers)
    return float32_bytes(headers) + steps_bytes if has_halves else None


def _kv(config: Mapping[str, Any], headers: Sequence[Header]) -> KVShape:
    found = norm_bytes(headers)
    named = str(config.get("torch_dtype") or config.get("dtype") or "")
    return kv_shape(config, found or (2 if named.endswith("16") else 4))


def _first_length(config: Mapping[str, Any]) -> int | None:
    lengths = (_length(config.get(key)) for key in _CONTEXT_KEYS)
    return next((length for length in lengths if length is not None), None)


def _length(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
