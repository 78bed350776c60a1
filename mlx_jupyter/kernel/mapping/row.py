"""One row of a table: a dict of its cells, which are attributes too."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["Row", "without_addresses"]

_ADDRESS = re.compile(r" at 0x[0-9A-Fa-f]+(?=>)")


class Row(dict[str, Any]):
    """`row["title"]` and `row.title`; as text a line for each cell."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"The row has no {name!r}; it has {', '.join(self)}.") from None

    def __str__(self) -> str:
        cells = "\n".join(f"{name}: {value}" for name, value in self.items())
        return without_addresses(cells)


def without_addresses(text: str) -> str:
    """A repr without the place in memory, which is another one in every run."""
    return _ADDRESS.sub("", text)
