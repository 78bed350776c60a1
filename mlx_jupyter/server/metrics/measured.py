"""One request: what it took and how it ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from mlx_jupyter.messages import Delta
from mlx_jupyter.pool.stream import Item
from mlx_jupyter.wire.generation import CompletionTokensDetails, Usage

__all__ = ["CLIENT_GONE", "Measured", "Outcome", "outcome_of"]

Outcome = Literal["success", "invalid", "refused", "failed", "cancelled"]
"""`invalid`: the client has to change it; `refused`: no room, or not in time."""


def outcome_of(status: int) -> Outcome:
    if status < 400:
        return "success"
    if status == CLIENT_GONE:
        return "cancelled"
    if status in (429, 503):
        return "refused"
    return "failed" if status >= 500 else "invalid"


CLIENT_GONE = 499
"""nginx' number for it; nobody is there to read it."""


@dataclass
class Measured:
    """`model` stays empty until it is known to be there: what a client calls it is no label.
    `cached_tokens` of the prompt's were known, by the cache that knew them; `drafted_tokens` were
    written ahead, by what became of them."""

    clock: Callable[[], float] = time.monotonic
    model: str = ""
    outcome: Outcome | None = None
    prompt_tokens: int = 0
    generated_tokens: int = 0
    cached_tokens: dict[str, int] = field(default_factory=dict)
    drafted_tokens: dict[str, int] = field(default_factory=dict)
    wait_seconds: float | None = None
    first_token_seconds: float | None = None
    _came: float = field(init=False)
    _asked: float = field(init=False)

    def __post_init__(self) -> None:
        self._came = self._asked = self.clock()

    def ask(self, model: str, *, known: bool) -> None:
        """The pool is about to be asked for the model. Is it `known` to be on this machine?"""
        self.model = model if known else ""
        self._asked = self.clock()

    def grant(self, model: str) -> None:
        """It is there."""
        self.model = model
        self.wait_seconds = self.clock() - self._asked

    def read(self, items: Sequence[Item]) -> None:
        """What the model has said; only until the first token is it looked at."""
        if self.first_token_seconds is None and any(isinstance(item, Delta) for item in items):
            self.first_token_seconds = self.clock() - self._came

    def spend(self, usage: Usage) -> None:
        self.prompt_tokens, self.generated_tokens = usage.prompt_tokens, usage.completion_tokens
        if (prompt := usage.prompt_tokens_details) is not None:
            images = prompt.cached_image_tokens
            self.cached_tokens = {"prompts": prompt.cached_tokens, "pictures": images}
        written = usage.completion_tokens_details or CompletionTokensDetails()
        accepted, rejected = written.accepted_prediction_tokens, written.rejected_prediction_tokens
        if accepted or rejected:
            self.drafted_tokens = {"accepted": accepted, "rejected": rejected}

    def end(self, status: int) -> None:
        """As the HTTP status says, or would if it could still be sent. The first word holds: a
        stream that broke has status 200 all the same."""
        self.outcome = self.outcome or outcome_of(status)
