"""Which smaller model writes ahead for which: chosen with a load, and kept until the next."""

from __future__ import annotations

from collections.abc import Mapping

from mlx_jupyter.errors import InvalidRequest, LoadFailed, MLXJupyterError

__all__ = ["DRAFT_PARAM", "Drafts", "misconfigured", "of_pair"]

DRAFT_PARAM = "draft_model"


class Drafts:
    """`configured` is the trait `draft_models`, by model id."""

    def __init__(self, configured: Mapping[str, str]) -> None:
        self._configured = configured
        self._chosen: dict[str, str | None] = {}
        self._looked_at: dict[str, str | None] = {}

    def of(self, model: str) -> str | None:
        """With what it is, or is being, loaded."""
        return self._chosen.get(model)

    def planned(self, model: str) -> str | None:
        """What it would be loaded with, if nobody asked for another."""
        return self._configured.get(model)

    def choose(self, model: str, draft: str | None, *, first: bool) -> None:
        """Who asks `first` for a model that is absent, or leaves, chooses, for all; others may only
        ask for the same. Raises `InvalidRequest`."""
        if first:
            self._chosen[model] = draft or self.planned(model)
        elif draft is not None and self.of(model) != draft:
            loaded = self.of(model)
            has = f"with the draft model '{loaded}'" if loaded else "without a draft model"
            raise InvalidRequest(
                f"Model '{model}' is loaded {has}, not with '{draft}'. Unload it first, or set "
                "draft_models in the server's configuration.",
                param=DRAFT_PARAM,
            )

    def look_at(self, model: str) -> str | None:
        """As `of`, for who now looks how it is to be loaded."""
        draft = self._looked_at[model] = self.of(model)
        return draft

    def chosen_anew(self, model: str) -> bool:
        """Is it, since it was looked at, to be loaded with another one?"""
        return self._looked_at.get(model) != self.of(model)

    def give_up(self, model: str, error: MLXJupyterError) -> MLXJupyterError | None:
        """The chosen one cannot be used. What they are told who asked for none; None if from now on
        there is another, or none."""
        configured = self.planned(model)
        if self.of(model) == configured:
            return misconfigured(error)
        self._chosen[model] = configured
        return None


def misconfigured(error: MLXJupyterError) -> LoadFailed:
    """For who asked for no draft."""
    return LoadFailed(
        f"{error.message} The server's configuration pairs them: correct draft_models."
    )


def of_pair(error: MLXJupyterError, model: str, draft: str) -> MLXJupyterError:
    """What is wrong with the draft, with the names of both."""
    message = f"'{draft}' cannot write ahead for '{model}': {error.message}"
    return type(error)(message, param=DRAFT_PARAM)
