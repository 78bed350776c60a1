"""The pictures of a question in one row above the answer.

The thumbnails are `<img>` tags of HTML, which JupyterLab's sanitizer and nbconvert let through with
a `data:` URL; what renders no HTML leaves them out and keeps the answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from mlx_jupyter.kernel.images.encoding import data_url
from mlx_jupyter.kernel.images.picture import Preview

__all__ = ["strip_html", "strip_plain"]

_MOST = 12
"""Each update of an answer carries them again."""


def strip_html(previews: Sequence[Preview]) -> str:
    """One line, to stand in Markdown; empty without previews."""
    return " ".join([*map(_tag, previews[:_MOST]), *_more(previews)])


def strip_plain(previews: Sequence[Preview]) -> str:
    return " ".join([*(f"[{preview}]" for preview in previews[:_MOST]), *_more(previews)])


def _more(previews: Sequence[Preview]) -> list[str]:
    left = len(previews) - _MOST
    return [f"and {left} more"] if left > 0 else []


def _tag(preview: Preview) -> str:
    if preview.thumbnail is None:
        return _escaped(f"[{preview}]")
    alt, title = _escaped(preview.label), _escaped(str(preview))
    return f'<img src="{data_url(preview.thumbnail)}" alt="{alt}" title="{title}">'


def _escaped(text: str) -> str:
    """With nothing left in it that HTML, Markdown or MathJax would act on."""
    return "".join(
        letter if letter.isalnum() or letter in " .-×" else f"&#{ord(letter)};" for letter in text
    )
