"""One conversation: what was said, where, and what of it is sent along with the next question.

1. A question is sent with the turns since the conversation last began anew, and its system prompt.
2. A cell that runs again replaces what it said: the conversation goes back to before the first
   thing that the cell did in it. In the same run (a loop) things are added.
3. The conversation changes when there is an answer, or a part of one; what was refused was not
   said.
4. A beginning (`--new`, `%chat reset`, `%chat load`) forgets nothing that is before it, so that
   running everything again gives the same prompts; in a terminal nothing runs again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mlx_jupyter.kernel.conversation.place import Place
from mlx_jupyter.kernel.conversation.turn import Message, Turn

__all__ = ["Conversation", "Draft", "Entry"]


@dataclass(frozen=True)
class Entry:
    """Something done in a conversation: a turn, or, without one, a new beginning."""

    place: Place | None
    system: str | None
    turn: Turn | None = None


@dataclass(frozen=True)
class Draft:
    """A conversation as one question finds it: the question will be added to `kept`."""

    place: Place | None
    kept: tuple[Entry, ...]
    system: str | None

    @property
    def turns(self) -> list[Turn]:
        return [entry.turn for entry in _since_beginning(self.kept) if entry.turn]

    def messages(self, left_out: int = 0) -> list[Message]:
        """What is sent before the question; the first `left_out` turns are not."""
        system = [{"role": "system", "content": self.system}] if self.system else []
        return [*system, *(it for turn in self.turns[left_out:] for it in turn.messages)]


class Conversation:
    def __init__(self) -> None:
        self._entries: tuple[Entry, ...] = ()

    @property
    def turns(self) -> list[Turn]:
        return [entry.turn for entry in _since_beginning(self._entries) if entry.turn]

    @property
    def system(self) -> str | None:
        return self._entries[-1].system if self._entries else None

    def draft(self, place: Place | None, *, new: bool = False, system: str | None = None) -> Draft:
        """With `system` the system prompt changes, and stays; an empty one takes it away."""
        kept = _before(self._entries, place)
        if new:
            kept = (*(kept if place else ()), Entry(place, None))
        known = kept[-1].system if kept else None
        return Draft(place, kept, known if system is None else system or None)

    def add(self, draft: Draft, turn: Turn) -> None:
        self._entries = (*draft.kept, Entry(draft.place, draft.system, turn))

    def begin(
        self, place: Place | None, turns: Sequence[Turn] = (), system: str | None = None
    ) -> None:
        """Begins anew, with `turns` that were said elsewhere."""
        kept = _before(self._entries, place) if place else ()
        said = (Entry(place, system, turn) for turn in turns)
        self._entries = (*kept, Entry(place, system), *said)


def _before(entries: tuple[Entry, ...], place: Place | None) -> tuple[Entry, ...]:
    """What comes before the first entry of the same cell from another run."""
    for at, entry in enumerate(entries):
        there = entry.place
        if place and there and there.cell == place.cell and there.run != place.run:
            return entries[:at]
    return entries


def _since_beginning(entries: Sequence[Entry]) -> Sequence[Entry]:
    beginnings = [at for at, entry in enumerate(entries) if entry.turn is None]
    return entries[beginnings[-1] :] if beginnings else entries
