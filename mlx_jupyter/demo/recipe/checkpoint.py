"""A checkpoint folder as the model hubs lay it out: config, tokenizer, chat template, weights."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten, tree_map
from tokenizers import Tokenizer

__all__ = [
    "WEIGHTS",
    "initialise",
    "read_tokenizer",
    "read_weights",
    "write_json",
    "write_tokenizer",
    "write_weights",
]

WEIGHTS = "model.safetensors"


def write_json(folder: Path, name: str, content: Mapping[str, Any] | list[Any]) -> None:
    """Write one JSON file, making its folder where needed."""
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def write_tokenizer(
    folder: Path, tokenizer: Tokenizer, settings: Mapping[str, Any], template: str | None = None
) -> None:
    """Write tokenizer.json, tokenizer_config.json and, for a chat model, chat_template.jinja."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    write_json(folder, "tokenizer_config.json", {**settings, "clean_up_tokenization_spaces": False})
    if template is not None:
        (folder / "chat_template.jinja").write_text(template, encoding="utf-8")


def write_weights(folder: Path, model: nn.Module) -> None:
    """Write the parameters in half precision, which costs the demo models no answer."""
    weights = {name: weight.astype(mx.float16) for name, weight in tree_flatten(model.parameters())}
    mx.save_safetensors(str(folder / WEIGHTS), weights, metadata={"format": "mlx"})


def read_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of a checkpoint."""
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def read_weights(folder: Path, model: nn.Module) -> None:
    """Put the parameters of a checkpoint into the model, in full precision again."""
    model.load_weights(str(folder / WEIGHTS))
    model.set_dtype(mx.float32)


def initialise(model: nn.Module, seed: int = 0) -> None:
    """Draw every matrix of the model anew with a deviation of 0.02.

    MLX's own start is too wide for embeddings that are tied to the output.
    """
    mx.random.seed(seed)
    fresh = tree_map(
        lambda weight: mx.random.normal(weight.shape) * 0.02 if weight.ndim > 1 else weight,
        model.parameters(),
    )
    model.update(fresh)
