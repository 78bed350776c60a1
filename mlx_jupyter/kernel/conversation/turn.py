"""A question and its answer, as a conversation keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mlx_jupyter.kernel.answer import Answer

__all__ = ["Content", "Message", "Turn", "turn_of"]

Message = dict[str, Any]
Content = str | list[Message]


@dataclass(frozen=True)
class Turn:
    """`content` is what the user's message holds: a text, or OpenAI's parts, with pictures.
    Reasoning is not kept: it is not sent again. `left_out` turns before this one did not fit."""

    content: Content
    answer: str
    model: str | None = None
    partial: bool = False
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    left_out: int = 0

    @property
    def messages(self) -> list[Message]:
        return [
            {"role": "user", "content": self.content},
            {"role": "assistant", "content": self.answer},
        ]

    @property
    def question(self) -> str:
        """The text of the question."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part["text"] for part in self.content if part.get("type") == "text")

    @property
    def pictures(self) -> int:
        """How many there are."""
        if isinstance(self.content, str):
            return 0
        return sum(part.get("type") == "image_url" for part in self.content)


def turn_of(content: Content, answer: Answer, left_out: int = 0) -> Turn:
    usage = answer.usage
    read, written = (usage.prompt_tokens, usage.completion_tokens) if usage else (None, None)
    return Turn(content, answer.text, answer.model, answer.partial, read, written, left_out)
