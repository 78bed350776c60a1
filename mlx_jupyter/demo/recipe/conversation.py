"""What the chat model learns from and is examined with."""

from typing import Any, NamedTuple

__all__ = ["Conversation", "Turn"]


class Turn(NamedTuple):
    """One question and the answer that the model should give."""

    question: str
    answer: str


class Conversation(NamedTuple):
    """Turns in order, under a system prompt or none; `tools` are definitions in OpenAI's form."""

    system: str | None
    turns: tuple[Turn, ...]
    tools: tuple[dict[str, Any], ...] = ()
