"""Which of the oldest turns are left out of what is sent when all do not fit into the context.

The server says that they do not, and how many tokens they are, not how many the turns before the
last one are; so half of those that are left go each time: a few questions for hundreds of turns,
and each costs no more than the counting of tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlx_jupyter.kernel.conversation.turn import Turn

__all__ = ["attempts", "left_out_before", "left_out_words"]


def attempts(begin: int, turns: int) -> Iterator[int]:
    """How many turns to leave out, each time more, at last all of them."""
    left_out = min(begin, turns)
    yield left_out
    while left_out < turns:
        left_out += (turns - left_out + 1) // 2
        yield left_out


def left_out_before(turns: Sequence[Turn], model: str | None) -> int:
    """How many did not fit the last time, unless now another model is asked: they will not fit
    with more behind them."""
    if not turns or (model is not None and model != turns[-1].model):
        return 0
    return turns[-1].left_out


def left_out_words(count: int) -> list[str]:
    """What the user is told; nothing where nothing is left out."""
    if not count:
        return []
    which = "first turn" if count == 1 else f"first {count} turns"
    verb = "was" if count == 1 else "were"
    return [f"The {which} of the conversation did not fit into the context and {verb} left out."]
