"""What a model answered: the result object of `%%chat`, `%see`, and `Pool.chat` and its like."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from mlx_jupyter.kernel.images.picture import Preview
from mlx_jupyter.kernel.images.strip import strip_html, strip_plain
from mlx_jupyter.kernel.shown import is_shown
from mlx_jupyter.wire.generation import Usage

__all__ = ["Answer"]

_MARKS = {"interrupted": "interrupted", "error": "cut off by an error"}
_REPR_CHARACTERS = 60
_ACTIVE = re.compile(r"[\\*`<$]")
"""What would end the emphasis around a warning, or begin something in it."""


@dataclass(eq=False)
class Answer:
    """A text, and how it came about. `str(answer)` is the text.

    While the answer streams, and after it was cut off, it is `partial`. `finish_reason` is the
    server's (`stop`, `length`), else `interrupted` or `error`. `usage` comes with the end, so a
    partial answer has none. The same `seed` and request give the same text again. `warnings` are
    the server's: what it did not do quite as asked. `images` are the pictures that were asked
    about, as thumbnails.
    """

    text: str = ""
    model: str | None = None
    finish_reason: str | None = None
    usage: Usage | None = None
    seed: int | None = None
    seconds: float = 0.0
    seconds_to_first_token: float | None = None
    partial: bool = True
    warnings: list[str] = field(default_factory=list)
    images: list[Preview] = field(default_factory=list)
    first_characters: int = field(default=0, repr=False)
    """How much of the text the first piece held: one token's, or more where pieces were joined."""
    shown_in_cell: int | None = field(default=None, repr=False)
    """The execution count of the cell whose output already shows this answer."""
    value: Any = field(default=None, repr=False)
    """With a schema: what the text was read as."""

    @property
    def tokens_per_second(self) -> float | None:
        """The speed of writing: the tokens after the first piece, by the time they took.

        Under load several tokens come as one piece. How many there were in the first is estimated
        by its share of the text; an answer that came in one piece has no speed.
        """
        if self.usage is None or self.seconds_to_first_token is None:
            return None
        later_share = 1 - self.first_characters / max(len(self.text), 1)
        tokens = self.usage.completion_tokens * later_share
        seconds = self.seconds - self.seconds_to_first_token
        return tokens / seconds if tokens > 0 and seconds > 0 else None

    @property
    def mark(self) -> str | None:
        """In words, why a partial answer ends where it does."""
        return _MARKS.get(self.finish_reason or "") if self.partial else None

    def as_markdown(self) -> str:
        marks = [f"*— {self.mark} —*"] if self.mark else []
        warnings = [f"*⚠ {_ACTIVE.sub(_as_text, warning)}*" for warning in self.warnings]
        parts = [strip_html(self.images), self.text, *marks, *warnings]
        return "\n\n".join(part for part in parts if part)

    def as_plain(self) -> str:
        head = f"{strip_plain(self.images)}\n" if self.images else ""
        return head + self.text + self.plain_tail()

    def plain_tail(self) -> str:
        """What stands below the text."""
        marks = [f"[{self.mark}]"] if self.mark else []
        tail = "\n\n".join([*marks, *(f"⚠ {warning}" for warning in self.warnings)])
        return f"\n\n{tail}" if tail and self.text else tail

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        text = self.text
        if len(text) > _REPR_CHARACTERS:
            text = text[: _REPR_CHARACTERS - 1] + "…"
        return f"Answer({text!r}, {', '.join(self._facts())})"

    def _facts(self) -> list[str]:
        facts = [f"model={self.model!r}", f"finish_reason={self.finish_reason!r}"]
        if self.usage:
            facts.append(f"{self.usage.completion_tokens} tokens")
        facts.append(f"{self.seconds:.2f} s")
        if speed := self.tokens_per_second:
            facts.append(f"{speed:.0f} tokens/s")
        return facts

    def _repr_markdown_(self) -> str:
        return self.as_markdown()

    def _ipython_display_(self) -> None:
        """Shows nothing, once, in the cell where the answer was streamed: it stands there already.

        Everywhere else IPython is told (by `NotImplementedError`) to go on to the other formats.
        """
        shown, self.shown_in_cell = self.shown_in_cell, None
        if not is_shown(shown):
            raise NotImplementedError


def _as_text(active: re.Match[str]) -> str:
    return f"\\{active[0]}"
