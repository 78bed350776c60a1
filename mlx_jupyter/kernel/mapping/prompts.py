"""The prompts of all items, filled before the first is sent: mistakes cost no token."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.embedding.row_names import RowNames
from mlx_jupyter.kernel.images.picture import Picture
from mlx_jupyter.kernel.mapping.asked import Asked, Fill
from mlx_jupyter.kernel.mapping.items import Items
from mlx_jupyter.kernel.mapping.row import Row

__all__ = ["Prompt", "names_item", "prompts_of"]

_FILLED = re.compile(r"\{\{(.+?)\}\}", re.DOTALL)
_WORD = re.compile(r"[^\W\d]\w*")
_BELOW = "\n\n"


@dataclass(frozen=True)
class Prompt:
    text: str
    pictures: tuple[Picture, ...] = ()


def prompts_of(
    shell: InteractiveShell,
    question: Asked,
    items: Items,
    pictures: Sequence[Picture],
    fill: Fill,
) -> list[Prompt]:
    """One for each item, which stands below the prompt where no `{{…}}` in it names it.

    With `--raw` it always stands there, and what is in braces is text. Raises InvalidRequest,
    which says for which item.
    """
    return [_prompt(shell, question, items, at, pictures, fill) for at in range(len(items))]


def names_item(template: str, names: Iterable[str]) -> bool:
    """Whether some `{{…}}` uses one of the names."""
    inside = [word for found in _FILLED.findall(template) for word in _WORD.findall(found)]
    return not set(names).isdisjoint(inside)


def _prompt(
    shell: InteractiveShell,
    question: Asked,
    items: Items,
    at: int,
    pictures: Sequence[Picture],
    fill: Fill,
) -> Prompt:
    names = items.names(at)
    template, below = question.prompt, _item_below(items, at)
    if not question.raw and not names_item(template, names):
        template += _BELOW + below
    try:
        what = below if question.raw else template
        filled = fill(shell, what, names, pictures_before=len(pictures))
    except InvalidRequest as error:
        if not at:  # most likely it is so of all
            raise
        where = RowNames(items.labels, "item").at_head(at)
        raise InvalidRequest(f"{where}: {error.message}", param=error.param) from None
    text = template + _BELOW + filled.text if question.raw else filled.text
    return Prompt(text, (*pictures, *filled.pictures))


def _item_below(items: Items, at: int) -> str:
    """A row as lines, for which `{{it}}` alone would be a dict."""
    return "{{it!s}}" if isinstance(items.values[at], Row) else "{{it}}"
