"""One burst of requests, and what came back: what crosses between the benchmark and a child."""

from __future__ import annotations

from time import perf_counter as clock

from msgspec import Struct

__all__ = ["Answer", "Trial", "clock"]


class Trial(Struct, frozen=True):
    """One user message for each request; all are sent at the same moment, at temperature 0.

    Every request is answered with exactly `answer_tokens` tokens; `stream` says whether as events.
    """

    prompts: tuple[str, ...]
    answer_tokens: int
    stream: bool = True


class Answer(Struct, frozen=True):
    """One request's counts and times, in seconds since the start of its trial.

    `first_seconds` is when its first text arrived, `last_seconds` when its last text did; they are
    the same for an answer that is not streamed. `resets` counts how often the connection was reset
    and the request sent again, as any client would; the time that took is in the other fields.
    """

    prompt_tokens: int
    answer_tokens: int
    start_seconds: float
    first_seconds: float
    last_seconds: float
    resets: int = 0
