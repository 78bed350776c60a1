"""Which smaller model writes ahead for which: chosen with a load, and kept until the next."""

from __future__ import annotations

from collections.abc import Mapping

from mlx_jupyter.errors import InvalidRequest

__all__ = ["Drafts"]


class Drafts:
    """`configured` is the trait `draft_models`, by model id."""

    def __init__(self, configured: Mapping[str, str]) -> None:
        self._configured = configured
        self._chosen: dict[str, str | None] = {}

    def of(self, model: str) -> str | None:
        """With what it is, or is being, loaded."""
        return self._chosen.get(model)

    def planned(self, model: str) -> str | None:
        """What it would be loaded with, if nobody asked for another."""
        return self._configured.get(model)

    def choose(self, model: str, draft: str | None, *, first: bool) -> None:
        """Who asks `first` for an absent model chooses, for all; others may only ask for the same.
        Raises `InvalidRequest`."""
        if first:
            self._chosen[model] = draft or self.planned(model)
        elif draft is not None and self.of(model) != draft:
            loaded = self.of(model)
            has = f"with the draft model '{loaded}'" if loaded else "without a draft model"
            raise InvalidRequest(
                f"Model '{model}' is loaded {has}, not with '{draft}'. Unload it first, or set "
                "draft_models in the server's configuration.",
                param="draft_model",
            )
