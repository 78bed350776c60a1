"""All conversations of a notebook, by their names."""

from __future__ import annotations

from mlx_jupyter.kernel.conversation.conversation import Conversation

__all__ = ["DEFAULT", "Conversations"]

DEFAULT = "default"
"""The one that has no name."""


class Conversations:
    def __init__(self) -> None:
        self._named: dict[str, Conversation] = {}

    def named(self, name: str | None) -> Conversation:
        """Makes it at its first use."""
        return self._named.setdefault(name or DEFAULT, Conversation())

    def begun(self) -> dict[str, Conversation]:
        """Those in which something was said, in the order of their first use."""
        return {name: it for name, it in self._named.items() if it.turns}
