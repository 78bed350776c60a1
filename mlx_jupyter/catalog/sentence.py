"""How a checkpoint makes one vector of a text, as sentence-transformers' files say it.

    modules.json                           the steps: Transformer, Pooling, Dense, Normalize
    1_Pooling/config.json                  which token states become the vector
    config_sentence_transformers.json      prompts that go before a text, by name

Where they say nothing (many conversions leave them out), the architecture's own way holds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlx_jupyter.catalog.json_file import MAX_CONFIG_BYTES, read_bounded, read_object_if_present
from mlx_jupyter.catalog.place import path_parts
from mlx_jupyter.errors import CheckpointInvalid, InvalidRequest

__all__ = ["POOLINGS", "Sentence", "prompt_for", "sentence_of"]

POOLINGS = {
    "cls": "pooling_mode_cls_token",
    "max": "pooling_mode_max_tokens",
    "mean": "pooling_mode_mean_tokens",
    "mean_sqrt_len_tokens": "pooling_mode_mean_sqrt_len_tokens",
    "weightedmean": "pooling_mode_weightedmean_tokens",
    "lasttoken": "pooling_mode_lasttoken",
}
"""Each with its older name, in the order in which sentence-transformers joins several."""
_STEPS = ("Transformer", "Pooling", "Dense", "Normalize")
"""In this order; dropout, which is for training, may be anywhere."""
_ALIASES = {
    "query": ("query", "search_query"),
    "document": ("document", "passage", "corpus", "search_document"),
}


@dataclass(frozen=True)
class Sentence:
    """`poolings` None leaves the choice to the architecture. `include_prompt` False: the prompt's
    tokens are read, and not pooled. `dense` are the folders of steps between pooling and the unit
    length that `normalized` vectors are given."""

    poolings: tuple[str, ...] | None = None
    include_prompt: bool = True
    dense: tuple[str, ...] = ()
    normalized: bool = True
    prompts: Mapping[str, str] = field(default_factory=dict)
    default_prompt: str | None = None


def sentence_of(folder: Path) -> Sentence:
    """What the files in the folder say. Raises `CheckpointInvalid`, also for steps unknown here."""
    steps = _steps(folder / "modules.json")
    found = [path for step, path in steps if step == "Pooling"]
    pooling = read_object_if_present(folder / (found[0] if found else "1_Pooling") / "config.json")
    config = read_object_if_present(folder / "config_sentence_transformers.json")
    return Sentence(
        poolings=_poolings(pooling, folder) if pooling else None,
        include_prompt=pooling.get("include_prompt") is not False,
        dense=tuple(path for step, path in steps if step == "Dense"),
        normalized=not steps or any(step == "Normalize" for step, _ in steps),
        prompts=_prompts(config.get("prompts")),
        default_prompt=_text(config.get("default_prompt_name")),
    )


def prompt_for(sentence: Sentence, input_type: str | None) -> str:
    """What goes before a text. A checkpoint need not have prompts for queries and documents; any
    other name that it has not is refused, with those that it has: `InvalidRequest`."""
    if input_type is None:
        return sentence.prompts.get(sentence.default_prompt or "", "")
    kind = next((kind for kind, names in _ALIASES.items() if input_type in names), None)
    names = (input_type, *_ALIASES[kind]) if kind else (input_type,)
    found = next((name for name in names if name in sentence.prompts), None)
    if found is None and kind is None:
        known = ", ".join(dict.fromkeys([*_ALIASES, *sentence.prompts]))
        raise InvalidRequest(
            f"This model has no input_type '{input_type}': {known}.", param="input_type"
        )
    return sentence.prompts[found] if found else ""


def _steps(file: Path) -> list[tuple[str, str]]:
    """The class and the folder of each, in order; none where there is no such file."""
    if not file.is_file():
        return []
    try:
        listed = json.loads(read_bounded(file, MAX_CONFIG_BYTES))
        named = [_step(step, file) for step in listed]
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise CheckpointInvalid(f"{file} is not a list of steps: {error}.") from None
    steps = [step for step in named if step[0] != "Dropout"]
    order = [_STEPS.index(name) for name, _ in steps]
    if order != sorted(order):
        raise CheckpointInvalid(
            f"The order of the steps in {file} is not known here ({', '.join(_STEPS)} is)."
        )
    return steps


def _step(step: Mapping[str, Any], file: Path) -> tuple[str, str]:
    name, path = str(step.get("type")).rpartition(".")[2], str(step.get("path") or "")
    if name not in (*_STEPS, "Dropout"):
        raise CheckpointInvalid(
            f"{file} names a step '{name}' that is not known here ({', '.join(_STEPS)} are)."
        )
    if path and path_parts(path, 2) is None:
        raise CheckpointInvalid(f"{file} names a path {path!a} that is not below its folder.")
    return name, path


def _poolings(config: Mapping[str, Any], folder: Path) -> tuple[str, ...]:
    named = config.get("pooling_mode")
    if named is None:
        chosen = [name for name, old in POOLINGS.items() if config.get(old) is True]
    else:
        chosen = [str(name) for name in (named if isinstance(named, list) else [named])]
    unknown = [name for name in chosen if name not in POOLINGS]
    if unknown:
        raise CheckpointInvalid(
            f"The pooling of {folder} is '{unknown[0]}', which is not known here "
            f"({', '.join(POOLINGS)} are)."
        )
    return tuple(name for name in POOLINGS if name in chosen) or ("mean",)


def _prompts(value: object) -> dict[str, str]:
    found = value if isinstance(value, dict) else {}
    return {str(name): text for name, text in found.items() if isinstance(text, str)}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
