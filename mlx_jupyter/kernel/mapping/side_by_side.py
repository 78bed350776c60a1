"""The result object of `-m a,b`."""

from __future__ import annotations

from dataclasses import dataclass

from mlx_jupyter.kernel.mapping.answers import Answers
from mlx_jupyter.kernel.mapping.column import Column
from mlx_jupyter.kernel.mapping.columns import as_markdown, as_plain

__all__ = ["SideBySide"]


@dataclass(eq=False, repr=False)
class SideBySide(Answers):
    """The items are the models, as the user named them."""

    def columns(self) -> list[Column]:
        return [
            Column(str(self.items.label(at)), answer, self.failed.get(at))
            for at, answer in enumerate(self.answers)
        ]

    def bundle(self) -> dict[str, str]:
        columns = self.columns()
        return {"text/markdown": as_markdown(columns), "text/plain": as_plain(columns)}
