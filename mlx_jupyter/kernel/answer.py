"""What a model answered: the result object of `%%chat`, `%see`, and `Pool.chat` and its like."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mlx_jupyter.kernel import rendering
from mlx_jupyter.kernel.fences import code_blocks
from mlx_jupyter.kernel.footer import footer
from mlx_jupyter.kernel.images.picture import Preview
from mlx_jupyter.kernel.json_text import json_in
from mlx_jupyter.kernel.look import Look
from mlx_jupyter.kernel.schema.shown import is_table, table_bundle
from mlx_jupyter.kernel.shown import is_shown
from mlx_jupyter.wire.generation import Usage

__all__ = ["Answer"]

_MARKS = {"interrupted": "interrupted", "error": "cut off by an error"}
_REPR_CHARACTERS = 60
_SHORTEST_SECONDS = 0.02
"""What comes in less was written before: a busy machine sends all of a short answer together."""


@dataclass(eq=False)
class Answer:
    """A text, and how it came about. `str(answer)` is the text.

    While the answer streams, and after it was cut off, it is `partial`. `finish_reason` is the
    server's (`stop`, `length`), else `interrupted` or `error`. `usage` comes with the end, so a
    partial answer has none. The same `seed` and request give the same text again. `warnings` are
    the server's: what it did not do quite as asked. `images` are the pictures that were asked
    about, as thumbnails. `reasoning` is what a model thought before it wrote the text. `revision`
    names the model's files; `evicted` are the models that left to make room for it.
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
    reasoning: str = ""
    revision: str | None = None
    evicted: list[str] = field(default_factory=list)
    look: Look = field(default_factory=Look, repr=False)
    first_characters: int = field(default=0, repr=False)
    """How much was in the first piece: one token's text, or more where pieces were joined."""
    shown_in_cell: int | None = field(default=None, repr=False)
    """The execution count of the cell whose output already shows this answer."""
    value: Any = field(default=None, repr=False)
    """With a schema: what the text was read as."""

    @property
    def tokens_per_second(self) -> float | None:
        """The speed of writing: the tokens after the first piece, by the time they took.

        Under load several tokens come as one piece. How many there were in the first is estimated
        by its share of the text; an answer that came in one piece, or all at once, has no speed.
        """
        if self.usage is None or self.seconds_to_first_token is None:
            return None
        characters = len(self.reasoning) + len(self.text)
        later_share = 1 - self.first_characters / max(characters, 1)
        tokens = self.usage.completion_tokens * later_share
        seconds = self.seconds - self.seconds_to_first_token
        return tokens / seconds if tokens > 0 and seconds >= _SHORTEST_SECONDS else None

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been written, nor thought."""
        return not self.text and not self.reasoning

    @property
    def mark(self) -> str | None:
        """In words, why a partial answer ends where it does."""
        return _MARKS.get(self.finish_reason or "") if self.partial else None

    @property
    def footer(self) -> str:
        """The figures in a line; empty for an answer that has not come to its end."""
        if self.partial or self.usage is None:
            return ""
        tokens, speed = self.usage.completion_tokens, self.tokens_per_second
        first = self.seconds_to_first_token
        return footer(self.model, tokens, speed, first, self.evicted, self.usage)

    @property
    def code_blocks(self) -> list[str]:
        """The code between the fences of the text, one string a block."""
        return code_blocks(self.text)

    @property
    def code(self) -> str:
        """All code blocks, with blank lines between them; of an answer that was asked to be code
        (`-f code`) and has no fences, the text."""
        found = self.code_blocks or ([self.text] if self.look.form == "code" else [])
        return "\n\n".join(block.strip("\n") for block in found)

    def json(self) -> Any:
        """The JSON that the text is, or that is in its first fence that holds some. Raises
        ValueError."""
        return json_in(self.text)

    def bundle(self) -> dict[str, Any]:
        """What is shown, by MIME type; a value that is a table in the text's place."""
        if is_table(self.value):
            return table_bundle(self.value, self.footer if self.look.footer else "")
        return rendering.bundle(self)

    def as_markdown(self) -> str:
        return rendering.markdown(self)

    def as_plain(self) -> str:
        return rendering.plain(self)

    def plain_tail(self) -> str:
        """What stands below the text."""
        return rendering.plain_tail(self)

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

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """Without plain text: there the `repr` says more."""
        return {kind: said for kind, said in self.bundle().items() if kind != "text/plain"}

    def _ipython_display_(self) -> None:
        """Shows nothing, once, in the cell where the answer was streamed: it stands there already.

        Everywhere else IPython is told (by `NotImplementedError`) to go on to the other formats.
        """
        shown, self.shown_in_cell = self.shown_in_cell, None
        if not is_shown(shown):
            raise NotImplementedError
