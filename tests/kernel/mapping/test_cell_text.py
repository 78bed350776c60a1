"""Nothing that a model writes ends the cell that it stands in."""

from __future__ import annotations

from html.parser import HTMLParser
from random import Random

import mistune
import pytest

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.mapping.cell_text import in_cell
from mlx_jupyter.kernel.mapping.column import Column
from mlx_jupyter.kernel.mapping.columns import as_markdown

PIECES = [
    *("```", "```python", "````", "~~~", "`", "``", "\n", "\n", "\n\n", "   ", "    ", "\t"),
    *("<td>", "</td>", "</table>", "<!--", "<script>", "<pre>", "<https://x.y>", "<", "&lt;"),
    *("- ", "1. ", "> ", "# ", "$", "$$", "|", "---", "[x](", ")", "\\", "*", "**", "a", "b c"),
    *("\n- a\n  ```\n", "\n   ```\n"),
]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("</td></table>", "&lt;/td>&lt;/table>"),
        ("<!-- open", "&lt;!-- open"),
        (r"a \< b", "a &lt; b"),
        (r"\` <b>", r"\` &lt;b>"),
        ("`<td>` stays", "`<td>` stays"),
        ("``a ` <td>`` stays", "``a ` <td>`` stays"),
        ("an ` open tick <b>", "an ` open tick &lt;b>"),
        ("one `\n`<b>`", "one `\n`&lt;b>`"),
        ("one `\n\n`<b>`", "one `\n\n`<b>`"),
        ("$a<b$ and $$c<d$$", "$a< b$ and $$c< d$$"),
        ("$5, <b> $6", "$5, < b> $6"),
        ("```html\n<td>\n```\n<td>", "```html\n<td>\n```\n&lt;td>"),
        ("```python\nx = 1", "```python\nx = 1\n```"),
        ("```", "```\n```"),
        ("~~~~\n```\n<b>", "~~~~\n```\n<b>\n~~~~"),
        ("a\n\n```\n1\n```\n\n```\n2", "a\n\n```\n1\n```\n\n```\n2\n```"),
        ("1. a\n   ```\n   if x:\n     y\n   ```", "1. a\n```\nif x:\n  y\n```"),
        ("```a`b\n<td>", "```a`b\n&lt;td>"),
    ],
)
def test_code_stays_and_tags_are_text(text: str, safe: str) -> None:
    assert in_cell(text) == safe


class Cells(HTMLParser):
    """In which cell of which depth of tables the mark stands."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.depth = self.cell = 0
        self.mark: tuple[int, int] | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: object) -> None:
        self.depth += tag == "table"
        self.cell += tag == "td" and self.depth == 1

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "table"

    def handle_data(self, data: str) -> None:
        if "MARK" in data:
            self.mark = (self.cell, self.depth)


def test_whatever_stands_in_a_cell_the_next_one_is_the_next() -> None:
    render = mistune.create_markdown(escape=False, plugins=["table"])
    random = Random(0)
    for _ in range(1000):
        text = "".join(random.choices(PIECES, k=random.randint(1, 14)))
        shown = as_markdown([Column("a", Answer(text)), Column("b", Answer("MARK"))])
        assert Cells(str(render(shown))).mark == (2, 1), repr(text)
