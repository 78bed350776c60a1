"""Does the tokenizer belong to the model? Asked in the worker, before any loader.

A tokenizer of another model loads without a word and the model answers nonsense. The test: the
largest id of its vocabulary has to be below the `vocab_size` of the config. A vocabulary that is
smaller is normal, sizes are padded. Added tokens may lie above it: Gemma 3 1B has a `vocab_size`
of 262,144 and an added token `<image_soft_token>` with that very id.

A `tokenizer.json` may have 10 MB and parsing holds the GIL, so this has no place in Jupyter
Server's process.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from mlx_jupyter.catalog.chat_template import check_chat_template
from mlx_jupyter.catalog.json_file import read_bounded, read_object
from mlx_jupyter.errors import CheckpointInvalid

__all__ = ["check_tokenizer"]

MAX_TOKENIZER_BYTES = 256 * 2**20
"""Far above any tokenizer: Gemma 3's, a long one, has about 33 MB."""


class _AddedToken(msgspec.Struct):
    id: int
    content: str


class _Model(msgspec.Struct):
    """The vocabulary: ids by token, or for Unigram a list in the order of ids."""

    vocab: dict[str, int] | list[Any] = msgspec.field(default_factory=dict)


class _Tokenizer(msgspec.Struct):
    model: _Model
    added_tokens: list[_AddedToken] = msgspec.field(default_factory=list)


def check_tokenizer(path: Path) -> None:
    """Checks the tokenizer and the chat template of the checkpoint in the folder `path`.

    A checkpoint whose tokenizer has another format than `tokenizer.json` is left to the loader.
    Raises `CheckpointInvalid`.
    """
    check_chat_template(path)
    file = path / "tokenizer.json"
    if not file.is_file():
        return
    largest = _largest_id(_read(file))
    vocab_size = _vocab_size(read_object(path / "config.json"))
    if vocab_size is not None and largest >= vocab_size:
        raise CheckpointInvalid(
            f"{file} belongs to another model: it numbers its tokens up to {largest:,}, and "
            f"config.json has a vocab_size of {vocab_size:,}. Copy the tokenizer files of the "
            "model that this one was made from, or download it again."
        )


def _read(file: Path) -> _Tokenizer:
    data = read_bounded(file, MAX_TOKENIZER_BYTES)
    try:
        return msgspec.json.decode(data, type=_Tokenizer)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CheckpointInvalid(
            f"{file} is not a tokenizer: {error}. Download the model again."
        ) from None


def _largest_id(tokenizer: _Tokenizer) -> int:
    """The largest id in the vocabulary proper, -1 for an empty one; added tokens do not count."""
    added = {token.content for token in tokenizer.added_tokens}
    vocab = tokenizer.model.vocab
    if isinstance(vocab, dict):
        return max((number for token, number in vocab.items() if token not in added), default=-1)
    return max(
        (number for number, entry in enumerate(vocab) if not (entry and entry[0] in added)),
        default=-1,
    )


def _vocab_size(config: Mapping[str, Any]) -> int | None:
    nested = config.get("text_config")
    inner = nested.get("vocab_size") if isinstance(nested, Mapping) else None
    size = config.get("vocab_size", inner)
    return size if isinstance(size, int) else None
