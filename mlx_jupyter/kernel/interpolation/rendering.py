"""A value as a model reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.dir2 import get_real_method

from mlx_jupyter.kernel.images.picture import Picture
from mlx_jupyter.kernel.interpolation.array import array_text
from mlx_jupyter.kernel.interpolation.bounds import head
from mlx_jupyter.kernel.interpolation.code import source_text
from mlx_jupyter.kernel.interpolation.err import CellError, Errors
from mlx_jupyter.kernel.interpolation.frame import table_text
from mlx_jupyter.kernel.interpolation.outline import outline
from mlx_jupyter.kernel.interpolation.picture import drawn_picture, pictures_of
from mlx_jupyter.kernel.interpolation.traceback import traceback_text
from mlx_jupyter.kernel.interpolation.whole import whole_text

__all__ = ["rendered"]


def rendered(value: Any, label: str, shell: InteractiveShell) -> str | list[Picture]:
    """By its type, in this order:

    1. pictures, or a list of them: these pictures, to be attached
    2. texts, answers, numbers, dates, paths: their text, whole
    3. tables and columns: shape, types, the head as a Markdown table
    4. arrays: shape, type, values or their edges
    5. exceptions and `Err`: type, message, traceback
    6. functions, classes, modules: their source
    7. lists, dicts, sets, dataclasses and their like: the first items
    8. what draws itself as PNG or JPEG: a picture
    9. what has a Markdown form: that; anything else: its repr

    3 to 9 are bounded, and say what is left out. Raises ImageInvalid, which names the picture, and
    what the methods of the value raise.
    """
    if pictures := pictures_of(value, label):  # 1
        return pictures
    if (text := whole_text(value)) is not None:  # 2
        return text
    for text_of in _bounded(shell):  # 3 to 7
        if (text := text_of(value)) is not None:
            return head(text)
    picture = drawn_picture(value, label)
    return [picture] if picture else head(_own_words(value))  # 8, 9


def _bounded(shell: InteractiveShell) -> tuple[Callable[[Any], str | None], ...]:
    return (
        table_text,
        array_text,
        lambda value: _error(value, shell),
        lambda value: source_text(value, shell),
        outline,
    )


def _error(value: object, shell: InteractiveShell) -> str | None:
    if isinstance(value, Errors | CellError):
        return str(value)
    return traceback_text(value, shell) if isinstance(value, BaseException) else None


def _own_words(value: object) -> str:
    method = get_real_method(value, "_repr_markdown_")
    words = method() if method else None
    words = words[0] if isinstance(words, tuple) and words else words
    return words if isinstance(words, str) else repr(value)
