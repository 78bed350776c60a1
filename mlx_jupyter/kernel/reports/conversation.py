"""`%chat history`, `reset`, `save` and `load`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mlx_jupyter.kernel.conversation.turn import Turn
from mlx_jupyter.kernel.reports.report import Report
from mlx_jupyter.kernel.table import Table

__all__ = [
    "ConversationLoadedReport",
    "ConversationSavedReport",
    "HistoryReport",
    "ResetReport",
]

_SHOWN_CHARACTERS = 100


@dataclass(repr=False, eq=False)
class HistoryReport(Report):
    """`others` are the other conversations, each with the number of its turns."""

    name: str
    turns: Sequence[Turn]
    system: str | None = None
    others: dict[str, int] = field(default_factory=dict)

    def sentences(self) -> list[str]:
        said = [f"Conversation {self.name!r}: {_turns(len(self.turns))}."]
        if not self.turns:
            said = [f"Nothing has been said in the conversation {self.name!r} yet."]
        if self.system:
            said.append(f"System prompt: {_short(self.system)}")
        if self.others:
            each = ", ".join(f"{name} ({_turns(count)})" for name, count in self.others.items())
            said.append(f"Other conversations: {each}; %chat history -n NAME shows one.")
        return said

    def table(self) -> Table | None:
        if not self.turns:
            return None
        rows = [row for at, turn in enumerate(self.turns, 1) for row in _rows(at, turn)]
        right = frozenset({"Turn", "Tokens"})
        return Table(("Turn", "Who", "What was said", "Tokens", "Model"), rows, right)


def _rows(at: int, turn: Turn) -> list[tuple[str, ...]]:
    pictures = f"[{turn.pictures} picture{'' if turn.pictures == 1 else 's'}] "
    question = (pictures if turn.pictures else "") + turn.question
    answer = f"{_short(turn.answer)} [cut off]" if turn.partial else _short(turn.answer)
    read, written = (_count(it) for it in (turn.prompt_tokens, turn.completion_tokens))
    return [
        (str(at), "user", _short(question), f"{read} read" if read else "", ""),
        ("", "assistant", answer, f"{written} written" if written else "", turn.model or ""),
    ]


def _count(tokens: int | None) -> str:
    return "" if tokens is None else f"{tokens:,}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN_CHARACTERS else line[: _SHOWN_CHARACTERS - 1] + "…"


def _turns(count: int) -> str:
    return "1 turn" if count == 1 else f"{count} turns"


@dataclass(repr=False, eq=False)
class ResetReport(Report):
    """The conversations that begin anew, each with the number of turns that it had."""

    turns: dict[str, int]

    def sentences(self) -> list[str]:
        if not self.turns:
            return ["Nothing has been said yet."]
        each = self.turns.items()
        return [f"The conversation {name!r} begins anew ({_turns(n)} before)." for name, n in each]


@dataclass(repr=False, eq=False)
class ConversationSavedReport(Report):
    name: str
    turns: int
    path: Path

    def sentences(self) -> list[str]:
        return [f"{_turns(self.turns)} of the conversation {self.name!r} are in {self.path}."]


@dataclass(repr=False, eq=False)
class ConversationLoadedReport(Report):
    name: str
    turns: int
    path: Path

    def sentences(self) -> list[str]:
        return [f"The conversation {self.name!r} goes on from {self.path} ({_turns(self.turns)})."]
