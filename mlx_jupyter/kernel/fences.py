"""Where the code is in a Markdown text: its fenced blocks.

A fence may be indented as deep as it likes: models put code into nested lists. A fence that is not
closed reaches to the end (CommonMark 0.31, 4.5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Block", "blocks", "closed", "code_blocks", "fenced"]

_FENCE = re.compile(r"^(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,})(?P<info>[^\n]*)$")
_TICKS = re.compile(r"`{3,}")


@dataclass
class Block:
    """Lines of prose, or of the code between two fences, which are not part of it."""

    lines: list[str]
    fence: str = ""
    indent: str = ""
    language: str = ""
    is_closed: bool = True

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def code(self) -> str:
        return "\n".join(line.removeprefix(self.indent) for line in self.lines)


def blocks(text: str) -> Iterator[Block]:
    """The prose and the code, in their order; empty prose is left out."""
    current = Block([])
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if current.fence and found and _closes(found, current):
            current.is_closed = True
            yield current
            current = Block([])
        elif not current.fence and found and _opens(found):
            if current.lines:
                yield current
            language = found["info"].strip().partition(" ")[0]
            current = Block([], found["fence"], found["indent"], language, is_closed=False)
        else:
            current.lines.append(line)
    if current.lines or current.fence:
        yield current


def _opens(found: re.Match[str]) -> bool:
    return found["fence"][0] == "~" or "`" not in found["info"]


def _closes(found: re.Match[str], block: Block) -> bool:
    return found["fence"].startswith(block.fence) and not found["info"].strip()


def code_blocks(text: str) -> list[str]:
    return [block.code for block in blocks(text) if block.fence]


def closed(text: str) -> str:
    """`text`, with an end to its last fence if it has none: what follows would be code else."""
    last = next(reversed(list(blocks(text))), Block([]))
    if last.is_closed:
        return text
    return f"{text.rstrip(chr(10))}\n{last.indent}{last.fence}"


def fenced(code: str, language: str = "") -> str:
    """`code` as one block, between fences longer than any inside it."""
    longest = max(map(len, _TICKS.findall(code)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{code.strip(chr(10))}\n{fence}"
