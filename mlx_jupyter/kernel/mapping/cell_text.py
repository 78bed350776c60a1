"""Markdown that stays within the cell of a table, whatever a model has written.

1. Fences stand at the left margin, where nothing that was open before goes on; one that is open at
   the end is closed.
2. Outside of code no `<` begins a tag. In a formula, which is TeX and no HTML, a blank after it
   sees to that.
3. Code between backticks is left alone. From a backtick without its partner in the same line on it
   is uncertain what is code: until the next blank line nothing is taken for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["in_cell"]

_FENCE = re.compile(r"(?P<backticks>`{3,})[^`]*$|(?P<tildes>~{3,})")
_BLANK_LINES = re.compile(r"(\n[ \t]*(?=\n))")
_PIECE = re.compile(
    r"(?P<escaped>\\[^<])"
    r"|(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)"
    r"|(?P<formula>\$\$[^$]+\$\$|\$[^$\n]+\$)"
    r"|(?P<uncertain>`[\s\S]*)"
    r"|\\?<"
)


def in_cell(text: str) -> str:
    return "\n".join(_blocks(text))


def _blocks(text: str) -> Iterator[str]:
    """Lines of fenced code, and what stands between them."""
    between: list[str] = []
    fence, indent = "", 0
    for line in text.split("\n"):
        bare = line.strip()
        if fence and bare.startswith(fence) and not bare.strip(fence[0]):
            yield fence
            fence = ""
        elif fence:
            yield line[min(indent, len(line) - len(line.lstrip())) :]
        elif found := _FENCE.match(bare):
            yield from _safe(between)
            between = []
            fence, indent = found[1] or found[2], len(line) - len(line.lstrip())
            yield bare
        else:
            between.append(line)
    yield from _safe(between)
    if fence:
        yield fence


def _safe(lines: list[str]) -> Iterator[str]:
    if lines:
        paragraphs = _BLANK_LINES.split("\n".join(lines))
        yield "".join(_PIECE.sub(_without_tags, paragraph) for paragraph in paragraphs)


def _without_tags(piece: re.Match[str]) -> str:
    if piece["uncertain"]:
        return re.sub(r"\\?<", "&lt;", piece[0])
    if piece["formula"]:
        return re.sub(r"<(?! )", "< ", piece[0])
    return piece[0] if piece["escaped"] or piece["ticks"] else "&lt;"
