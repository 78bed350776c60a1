"""One row of a table: a dict of its cells, which are attributes too."""

from __future__ import annotations

from typing import Any

__all__ = ["Row"]


class Row(dict[str, Any]):
    """`row["title"]` and `row.title`; as text a line for each cell."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"The row has no {name!r}; it has {', '.join(self)}.") from None

    def __str__(self) -> str:
        return "\n".join(f"{name}: {value}" for name, value in self.items())
