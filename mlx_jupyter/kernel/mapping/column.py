"""The answer of one model, as it stands beside those of others."""

from __future__ import annotations

from dataclasses import dataclass

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.progress import words
from mlx_jupyter.wire.sse import Progress

__all__ = ["Column"]

_FEW = 10


@dataclass(frozen=True)
class Column:
    """`error` is why there is no answer, or no more of it; `progress` is what is waited for."""

    model: str
    answer: Answer
    error: str | None = None
    progress: Progress | None = None
    ended: bool = True

    @property
    def waiting(self) -> str:
        """What stands where there is no text yet."""
        if self.ended or self.answer.text:
            return ""
        return "thinking" if self.answer.reasoning else words(self.progress)

    @property
    def facts(self) -> str:
        """`21 tokens · 310 tokens/s · first after 0.04 s`; empty until the end."""
        answer = self.answer
        if not self.ended or answer.usage is None:
            return ""
        tokens = answer.usage.completion_tokens
        said = [f"{tokens:,} token{'' if tokens == 1 else 's'}"]
        if speed := answer.tokens_per_second:
            said.append(f"{speed:,.{1 if speed < _FEW else 0}f} tokens/s")
        if answer.seconds_to_first_token is not None:
            said.append(f"first after {answer.seconds_to_first_token:.2f} s")
        return " · ".join(said)

    @property
    def notes(self) -> list[str]:
        """What is said below the text: why it ends, and what the server warned of."""
        if self.error:
            return [f"⚠ {self.error}"]
        marks = [self.answer.mark] if self.ended and self.answer.mark else []
        return [f"— {mark} —" for mark in marks] + [f"⚠ {said}" for said in self.answer.warnings]
