"""What an engine asks of whatever decodes its sequences: one batch, several, or one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import mlx.core as mx

from mlx_jupyter.worker.sampling import Guarded, Sampler

__all__ = ["PREFILL_TOKENS", "Batch", "Filled", "Known", "Prompt", "Row", "Sampled", "Turn"]

PREFILL_TOKENS = 512
"""A prefill goes in chunks of at most as many tokens a sequence: a cancel waits for one chunk at
most, and decoding neighbours are not held up for longer."""


@dataclass(frozen=True)
class Prompt:
    """A request, tokenized. `image_tokens` of them stand for pictures. After so many as `partings`
    say, other prompts of the same chat go on in another way."""

    tokens: list[int]
    image_tokens: int = 0
    partings: tuple[int, ...] = ()


@dataclass(frozen=True)
class Row:
    """How one choice is continued. The processors see the prompt and what was generated."""

    max_tokens: int
    sampler: Sampler
    processors: tuple[Guarded, ...] = ()


class Filled(NamedTuple):
    """So many of the prompt's tokens have been read for `row`; of those that stand for pictures,
    the features of `known_image_tokens` were still there."""

    row: int
    done_tokens: int
    total_tokens: int
    known_image_tokens: int = 0


class Sampled(NamedTuple):
    """`finish` is None, "length", or "stop" where `token` ends the turn. A draft wrote the token
    ahead where it is `accepted`; `rejected` more of a draft's tokens were in vain. Several of one
    row in a turn are in their order."""

    row: int
    token: int
    logprobs: mx.array
    finish: str | None
    accepted: bool = False
    rejected: int = 0


class Known(NamedTuple):
    """So many of the prompt's tokens are not read for `row`: their keys and values were there."""

    row: int
    tokens: int


class Turn(NamedTuple):
    """What one turn of a batch came to; `broken` are rows whose prompt could not be read, with what
    was raised. They are out, and the others unharmed. `known` is said once a row, as it begins."""

    filled: list[Filled]
    sampled: list[Sampled]
    broken: list[tuple[int, Exception]]
    known: Sequence[Known] = ()


class Batch(Protocol):
    """`add` gives the rows their numbers, which are never used again. A row that has been removed,
    or has finished, is not heard of any more. After an exception `restart` forgets everything.
    Prompts are made ready for it only while it is `ready` for them: what is made of a picture takes
    a moment, and ten times the picture's memory."""

    @property
    def ready(self) -> bool: ...
    def add(self, prompt: Prompt, rows: Sequence[Row]) -> list[int]: ...
    def remove(self, rows: Iterable[int]) -> None: ...
    def next(self) -> Turn: ...
    def restart(self) -> None: ...
    def shed(self) -> None: ...
