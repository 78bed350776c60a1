"""What an answer has come to so far: the text, tokens and end of every choice."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlx_jupyter.messages import Delta, Joined, Prefill, Reused, TokenLogprob
from mlx_jupyter.wire.generation import CompletionTokensDetails, PromptTokensDetails, Usage

__all__ = ["ChoiceTally", "Tally"]


@dataclass
class ChoiceTally:
    texts: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    logprobs: list[TokenLogprob] = field(default_factory=list)
    finish: str | None = None

    @property
    def text(self) -> str:
        return "".join(self.texts)

    @property
    def reasoning(self) -> str:
        return "".join(self.thoughts)


@dataclass
class Tally:
    """`cached_tokens` is None as long as no worker has said how many it was."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int = 0
    accepted_tokens: int = 0
    rejected_tokens: int = 0
    image_tokens: int = 0
    known_image_tokens: int = 0
    cached_tokens: int | None = None
    choices: dict[int, ChoiceTally] = field(default_factory=dict)

    def join(self, joined: Joined) -> None:
        self.prompt_tokens += joined.prompt_tokens
        self.image_tokens += joined.image_tokens

    def reuse(self, reused: Reused) -> None:
        self.cached_tokens = (self.cached_tokens or 0) + reused.tokens

    def prefill(self, prefill: Prefill) -> None:
        self.known_image_tokens = max(self.known_image_tokens, prefill.known_image_tokens)

    def add(self, index: int, delta: Delta) -> None:
        choice = self.choices.setdefault(index, ChoiceTally())
        choice.texts.append(delta.text)
        if delta.reasoning:
            choice.thoughts.append(delta.reasoning)
        choice.logprobs.extend(delta.logprobs)
        choice.finish = delta.finish
        self.completion_tokens += delta.tokens
        self.reasoning_tokens += delta.reasoning_tokens
        self.accepted_tokens += delta.accepted_tokens
        self.rejected_tokens += delta.rejected_tokens

    @property
    def usage(self) -> Usage:
        details = PromptTokensDetails(
            cached_tokens=self.cached_tokens or 0,
            image_tokens=self.image_tokens,
            cached_image_tokens=self.known_image_tokens,
        )
        detailed = self.image_tokens or self.cached_tokens is not None
        written = CompletionTokensDetails(
            self.reasoning_tokens, self.accepted_tokens, self.rejected_tokens
        )
        return Usage(
            self.prompt_tokens,
            self.completion_tokens,
            self.prompt_tokens + self.completion_tokens,
            details if detailed else None,
            written if written != CompletionTokensDetails() else None,
        )
