"""One burst of requests, and what came back: what crosses between the benchmark and a child."""

from __future__ import annotations

from time import perf_counter as clock

from msgspec import Struct

__all__ = ["Answer", "Said", "Trial", "clock", "messages"]

Said = str | tuple[str, ...]
"""One user message, or a conversation: user and assistant in turn, the user last."""


class Trial(Struct, frozen=True):
    """One prompt for each request, at temperature 0; all are sent at the same moment, or each so
    many seconds later as `delays` say.

    Every request is answered with exactly `answer_tokens` tokens, or as many as `lengths` say for
    each; `stream` says whether as events. For direct only: with `shared`, what all prompts begin
    with is read once; with `keep`, what was read is kept for the next trial.
    """

    prompts: tuple[Said, ...]
    answer_tokens: int
    stream: bool = True
    delays: tuple[float, ...] = ()
    lengths: tuple[int, ...] = ()
    shared: bool = False
    keep: bool = False

    def length(self, place: int) -> int:
        return self.lengths[place] if self.lengths else self.answer_tokens

    def delay(self, place: int) -> float:
        return self.delays[place] if self.delays else 0.0


def messages(said: Said) -> list[dict[str, str]]:
    """As a chat route takes them."""
    texts = (said,) if isinstance(said, str) else said
    roles = ("user", "assistant")
    return [{"role": roles[at % 2], "content": text} for at, text in enumerate(texts)]


class Answer(Struct, frozen=True):
    """One request's counts and times, in seconds since the start of its trial.

    `first_seconds` is when its first text arrived, `last_seconds` when its last text did; they are
    the same for an answer that is not streamed. `resets` counts how often the connection was reset
    and the request sent again, as any client would; the time that took is in the other fields.
    `stamps` are when each piece of text arrived.
    """

    prompt_tokens: int
    answer_tokens: int
    start_seconds: float
    first_seconds: float
    last_seconds: float
    resets: int = 0
    text: str = ""
    stamps: tuple[float, ...] = ()
