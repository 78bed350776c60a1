"""Which tokens of an answer are thoughts: those between the marks that the tokenizer has for them.

A model thinks before it answers, once. So the first mark counts only where nothing but blanks came
before it, and a model that writes about `<think>` later is not cut apart. Some templates end with
the first mark, and some with both, which tells the model not to think.

Tokens and not texts are looked at: the marks are tokens of their own (a few, for some families),
and whoever masks the next token has only these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from mlx_jupyter.messages import TokenLogprob

if TYPE_CHECKING:
    from mlx_lm.tokenizer_utils import TokenizerWrapper

__all__ = ["Marks", "Phase", "Said", "Thinking", "marks_of", "phase_after"]

_LAST_TOKENS = 8
"""Of a prompt; a template has one or two line ends after a mark."""


class Phase(Enum):
    """`OPENING` until it is seen whether the model thinks."""

    OPENING = "opening"
    THINKING = "thinking"
    ANSWERING = "answering"


class Said(NamedTuple):
    """A token, with its logprob where these are wanted."""

    token: int
    logprob: TokenLogprob | None = None


@dataclass(frozen=True)
class Marks:
    """The tokens that begin and end the thoughts; some tokens are nothing but blanks."""

    start: tuple[int, ...]
    end: tuple[int, ...]
    is_blank: Callable[[int], bool]


def marks_of(tokenizer: TokenizerWrapper) -> Marks | None:
    """None for a model that does not think."""
    if not tokenizer.has_thinking:
        return None
    return Marks(
        tuple(tokenizer.think_start_tokens),
        tuple(tokenizer.think_end_tokens),
        lambda token: str(tokenizer.decode([token])).isspace(),
    )


def phase_after(prompt: Sequence[int], marks: Marks) -> Phase:
    """Where an answer to the prompt begins."""
    tail = list(prompt[-_LAST_TOKENS:])
    while tail and marks.is_blank(tail[-1]):
        tail.pop()
    if _ends_with(tail, marks.end):
        return Phase.ANSWERING
    return Phase.THINKING if _ends_with(tail, marks.start) else Phase.OPENING


def _ends_with(tokens: Sequence[int], mark: tuple[int, ...]) -> bool:
    return tuple(tokens[-len(mark) :]) == mark


def _begins_with(mark: tuple[int, ...], tokens: Sequence[int]) -> bool:
    return mark[: len(tokens)] == tuple(tokens)


class Thinking:
    """`held` may still become a mark."""

    def __init__(self, marks: Marks, phase: Phase) -> None:
        self._marks = marks
        self.phase = phase
        self.held: list[Said] = []

    @property
    def over(self) -> bool:
        return self.phase is Phase.ANSWERING

    @property
    def opener(self) -> int | None:
        """While it is open whether the model thinks, the token that goes on with the first mark."""
        if self.phase is not Phase.OPENING:
            return None
        marked = [said for said in self.held if not self._marks.is_blank(said.token)]
        return self._marks.start[len(marked)]

    def push(self, said: Said) -> list[Said]:
        """What certainly belongs to the phase that holds after it; a mark belongs to none."""
        self.held.append(said)
        match self.phase:
            case Phase.OPENING:
                return self._open()
            case Phase.THINKING:
                return self._think()
        return self.end()

    def end(self) -> list[Said]:
        """What is held, for no more comes: it became no mark."""
        held, self.held = self.held, []
        if self.phase is Phase.OPENING:
            self.phase = Phase.ANSWERING
        return held

    def _open(self) -> list[Said]:
        tokens = [said.token for said in self.held]
        while tokens and self._marks.is_blank(tokens[0]):
            tokens.pop(0)
        if tuple(tokens) == self._marks.start:
            self.phase, self.held = Phase.THINKING, []
        elif not _begins_with(self._marks.start, tokens):
            return self.end()
        return []

    def _think(self) -> list[Said]:
        released = []
        while self.held and not self._may_end():
            released.append(self.held.pop(0))
        if len(self.held) == len(self._marks.end):
            self.phase, self.held = Phase.ANSWERING, []
        return released

    def _may_end(self) -> bool:
        return _begins_with(self._marks.end, [said.token for said in self.held])
