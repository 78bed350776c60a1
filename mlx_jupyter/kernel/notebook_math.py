r"""Formulas as notebooks write them.

Models write `\(x\)` and `\[x\]`; Jupyter's Markdown knows `$x$` and `$$x$$` only, and shows the
others as brackets (JupyterLab 4.6, `removeMath`).

1. Code, in fences or between backticks, stays.
2. `\(…\)` within a line is a formula.
3. `\[…\]` is one where it begins its line, or has blanks inside: else it is an escaped bracket.
"""

from __future__ import annotations

import re

from mlx_jupyter.kernel.fences import Block, blocks

__all__ = ["notebook_math"]

_MARKS = re.compile(
    r"(?P<code>(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))"
    r"|(?<!\\)\\\((?P<inline>[^\n]+?)(?<!\\)\\\)"
    r"|(?:(?<=\n)|(?<!.))(?P<margin>[ \t]*)\\\[(?P<display>(?:(?!\n\s*\n)[\s\S])+?)(?<!\\)\\\]"
    r"|(?<!\\)\\\[(?P<spaced>\s(?:(?!\n\s*\n)[\s\S])+?\s)\\\]"
)


def notebook_math(text: str) -> str:
    if "\\(" not in text and "\\[" not in text:
        return text
    return "\n".join(map(_written, blocks(text)))


def _written(block: Block) -> str:
    if not block.fence:  # 2, 3
        return _MARKS.sub(_dollars, block.text)
    end = [block.indent + block.fence] if block.is_closed else []  # 1
    return "\n".join([f"{block.indent}{block.fence}{block.language}", *block.lines, *end])


def _dollars(found: re.Match[str]) -> str:
    if found["code"]:  # 1
        return found[0]
    if found["inline"]:
        return f"${found['inline'].strip()}$"
    formula = found["display"] or found["spaced"]
    return f"{found['margin'] or ''}$${formula.strip()}$$"
