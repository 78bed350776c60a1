"""Which tokens a checkpoint's tokenizer has under which numbers, from its file alone.

python -m mlx_jupyter.catalog.vocabulary FOLDER OTHER   how many differ; nothing if that is not said
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from mlx_jupyter.errors import InvalidRequest

__all__ = ["count_differing", "differing_tokens", "refusal"]


class _Added(msgspec.Struct):
    content: str


class _Model(msgspec.Struct):
    """A list is Unigram's, with what each token is worth."""

    vocab: dict[str, int] | list[tuple[str, float]] = msgspec.field(default_factory=dict)


class _Tokenizer(msgspec.Struct):
    model: _Model
    added_tokens: list[_Added] = msgspec.field(default_factory=list)


def differing_tokens(folder: Path, other: Path) -> int | None:
    """`count_differing` of two checkpoints, the added tokens (marks, reserved places) aside. None
    where a `tokenizer.json` does not say."""
    both = _ordinary(folder), _ordinary(other)
    if not all(both):
        return None
    return count_differing(*both)


def count_differing(one: Mapping[str, int], two: Mapping[str, int]) -> int:
    """How many tokens only one of them has, or under another number."""
    return len({token for token, _ in one.items() ^ two.items()})


def refusal(differing: int) -> InvalidRequest:
    """Of a draft whose tokens differ from its model's."""
    return InvalidRequest(
        f"their tokenizers differ in {differing} tokens. A draft must have the same tokenizer: "
        "choose a smaller model of the same family.",
        param="draft_model",
    )


def _ordinary(folder: Path) -> dict[str, int]:
    try:
        found = msgspec.json.decode((folder / "tokenizer.json").read_bytes(), type=_Tokenizer)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return {}  # said when it is loaded
    vocab, added = found.model.vocab, {one.content for one in found.added_tokens}
    if isinstance(vocab, list):
        vocab = {token: number for number, (token, _) in enumerate(vocab)}
    return {token: number for token, number in vocab.items() if token not in added}


if __name__ == "__main__":
    found = differing_tokens(*map(Path, sys.argv[1:]))
    sys.stdout.write("" if found is None else str(found))
