"""What is needed of a question, and of the way `{{…}}` in its prompt is filled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.kernel.images.picture import Picture

__all__ = ["Asked", "Fill", "Filled"]


class Asked(Protocol):
    """A `Question`. `schema` and `each` are expressions as the user wrote them."""

    @property
    def prompt(self) -> str: ...
    @property
    def options(self) -> dict[str, Any]: ...
    @property
    def variable(self) -> str | None: ...
    @property
    def schema(self) -> str | None: ...
    @property
    def each(self) -> str | None: ...
    @property
    def models(self) -> tuple[str, ...]: ...
    @property
    def raw(self) -> bool: ...
    @property
    def new(self) -> bool: ...


class Filled(Protocol):
    @property
    def text(self) -> str: ...
    @property
    def pictures(self) -> list[Picture]: ...


class Fill(Protocol):
    """Fills a prompt in the user's namespace, which `names` shadow. `pictures_before` are attached
    before those that it finds."""

    def __call__(
        self,
        shell: InteractiveShell,
        text: str,
        names: Mapping[str, Any] = ...,
        *,
        pictures_before: int = ...,
    ) -> Filled: ...
