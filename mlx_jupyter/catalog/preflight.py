"""Finds a bad checkpoint before a loader sees it, in milliseconds, with a message for a person.

The libraries find some of these defects late and say them in their own terms (`KeyError:
'model_type'`), and others not at all: a model without a tokenizer loads and answers nonsense.
This runs in Jupyter Server's process, so it reads small files and headers only; what needs the
whole tokenizer is checked in the worker (`tokenizer`).
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlx_jupyter.catalog.chat_template import check_chat_template
from mlx_jupyter.catalog.checkpoint import Checkpoint, Kind
from mlx_jupyter.catalog.engine import ENGINES, has_architecture, is_installed
from mlx_jupyter.catalog.foreign_code import refuse_code
from mlx_jupyter.catalog.json_file import read_object
from mlx_jupyter.catalog.place import lacking
from mlx_jupyter.catalog.weights import check_weights
from mlx_jupyter.errors import CheckpointInvalid, LoadFailed

__all__ = ["TOKENIZER_FILES", "preflight"]

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer.model",
    "vocab.json",
    "vocab.txt",
    "sentencepiece.bpe.model",
    "spiece.model",
    "tokenizer.tiktoken",
    "tiktoken.model",
    "qwen.tiktoken",
    "tekken.json",
)


def preflight(checkpoint: Checkpoint) -> None:
    """Says nothing for a checkpoint that a loader may try.

    One that is `trusted`, because the administrator allows its code to run, is not refused for
    that code, and its architecture is not looked for if such code would bring it.
    Raises `CodeRefused`, `CheckpointInvalid`, or `LoadFailed` where the library for this kind
    of model is not installed.
    """
    config = read_object(checkpoint.path / "config.json")
    model_type = _model_type(checkpoint.path, config)
    if not checkpoint.trusted:
        refuse_code(checkpoint.id, checkpoint.path)
    _require_engine(checkpoint)
    if not (checkpoint.trusted and config.get("model_file")):
        _require_architecture(checkpoint.path, checkpoint.kind, model_type)
    check_weights(checkpoint.path)
    _require_tokenizer(checkpoint.path)
    check_chat_template(checkpoint.path)


def _model_type(folder: Path, config: Mapping[str, Any]) -> str:
    model_type = config.get("model_type")
    if not isinstance(model_type, str) or not model_type:
        raise CheckpointInvalid(
            f"{folder / 'config.json'} names no model_type, so its architecture is unknown. "
            "It is not the config of a language model, or it is damaged: download the model again."
        )
    return model_type


def _require_engine(checkpoint: Checkpoint) -> None:
    engine = ENGINES[checkpoint.kind]
    if not is_installed(checkpoint.kind):
        raise LoadFailed(
            f"'{checkpoint.id}' is a model of kind {checkpoint.kind} ({checkpoint.why}), and "
            f"{engine.distribution}, which runs those, is not installed. Run: {engine.install}"
        )


def _require_architecture(folder: Path, kind: Kind, model_type: str) -> None:
    if has_architecture(kind, model_type):
        return
    distribution = ENGINES[kind].distribution
    version = importlib.metadata.version(distribution)
    raise CheckpointInvalid(
        f"{folder / 'config.json'} names model_type '{model_type}' (a model of kind {kind}), and "
        f"{distribution} {version} has no such architecture. Update {distribution}, or choose "
        "another model."
    )


def _require_tokenizer(folder: Path) -> None:
    if not any((folder / name).is_file() for name in TOKENIZER_FILES):
        raise lacking(folder)(
            f"The checkpoint in {folder} has no tokenizer (tokenizer.json, tokenizer.model, ...): "
            "it would load and answer nonsense. Download the model again, or copy the tokenizer "
            "files of the model that it was made from."
        )
