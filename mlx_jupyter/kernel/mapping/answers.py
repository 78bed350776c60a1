"""What many questions were answered: the result object of `--each`, and of `-m a,b`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, overload

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.mapping import frame
from mlx_jupyter.kernel.mapping.items import Items
from mlx_jupyter.kernel.mapping.report import AnswersReport
from mlx_jupyter.kernel.shown import is_shown
from mlx_jupyter.wire.generation import Usage

__all__ = ["Answers"]


@dataclass(eq=False)
class Answers(Sequence[Answer]):
    """A sequence of `Answer`, one for each item and in their order.

    `failed` tells by its position why an item has no answer, or none that fits the schema; there
    the answer holds what text there is. `partial` says that the run was stopped before its end:
    items that were not reached have empty answers. `resumed` were given by an earlier run.
    """

    answers: list[Answer]
    items: Items
    failed: dict[int, str] = field(default_factory=dict)
    partial: bool = False
    has_values: bool = False
    resumed: int = 0
    seconds: float = 0.0
    shown_in_cell: int | None = field(default=None, repr=False)
    """The execution count of the cell whose output already shows these answers."""

    @property
    def texts(self) -> list[str]:
        return [answer.text for answer in self.answers]

    @property
    def values(self) -> list[Any]:
        """With a schema: what the texts were read as; None where that failed."""
        return [answer.value for answer in self.answers]

    @property
    def usage(self) -> Usage:
        """The sum. Equal questions are asked, and counted, once."""
        once = {id(answer): answer.usage for answer in self.answers if answer.usage}.values()
        prompt = sum(usage.prompt_tokens for usage in once)
        completion = sum(usage.completion_tokens for usage in once)
        return Usage(prompt, completion, prompt + completion)

    def series(self) -> Any:
        """A pandas Series of the values, or else the texts, with the index of the items: so that
        `df["summary"] = answers.series()` puts each into its row; missing where there is none.

        Raises InvalidRequest without pandas; so does `frame`.
        """
        return frame.series(self)

    def frame(self, *, items: bool = True) -> Any:
        """A DataFrame with that index: the item (unless it is a row of a table), the text or the
        fields of the value, and the error if there was any. A value that is a list of records has
        a row for each."""
        return frame.frame(self, with_items=items)

    def done(self, at: int) -> bool:
        """Whether that item has its answer."""
        return at not in self.failed and not self.answers[at].partial

    @overload
    def __getitem__(self, at: int) -> Answer: ...
    @overload
    def __getitem__(self, at: slice) -> list[Answer]: ...
    def __getitem__(self, at: int | slice) -> Answer | list[Answer]:
        return self.answers[at]

    def __len__(self) -> int:
        return len(self.answers)

    def __iter__(self) -> Iterator[Answer]:
        return iter(self.answers)

    def result(self) -> Any:
        """What a variable gets: the answers; with a schema a DataFrame of the values if they are
        records and pandas is installed, else their list."""
        if not self.has_values:
            return self
        return self.frame(items=False) if frame.is_table(self) else self.values

    def bundle(self) -> dict[str, str]:
        if not frame.is_table(self):
            return AnswersReport(self).bundle()
        table = self.frame()
        said = AnswersReport(self).sentences()
        html = f"<div><p>{'<br>'.join(map(escape, said))}</p>{table._repr_html_()}</div>"
        return {"text/html": html, "text/plain": "\n".join([*said, "", repr(table)])}

    def __repr__(self) -> str:
        return self.bundle()["text/plain"]

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return self.bundle()

    def _ipython_display_(self) -> None:
        """Shows nothing, once, in the cell where the answers stand already; see `Answer`."""
        shown, self.shown_in_cell = self.shown_in_cell, None
        if not is_shown(shown):
            raise NotImplementedError
