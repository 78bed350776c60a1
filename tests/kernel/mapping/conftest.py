"""A question as `%%chat` would parse it, and the simplest way to fill `{{…}}`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.images.picture import Picture
from mlx_jupyter.kernel.magics.mapping import ask_each
from mlx_jupyter.kernel.mapping.answers import Answers


@dataclass(frozen=True)
class Asking:
    prompt: str
    options: dict[str, Any] = field(default_factory=dict)
    variable: str | None = None
    schema: str | None = None
    each: str | None = None
    models: tuple[str, ...] = ()
    raw: bool = False
    new: bool = False


@dataclass(frozen=True)
class FilledText:
    text: str
    pictures: list[Picture] = field(default_factory=list)


def fill_simply(
    shell: Any, text: str, names: Mapping[str, Any] = {}, *, pictures_before: int = 0
) -> FilledText:
    def value(found: re.Match[str]) -> str:
        expression, _, spec = found[1].partition("!")
        try:
            value = eval(expression, {}, shell.user_ns | dict(names))
        except (NameError, ArithmeticError) as error:
            raise InvalidRequest(f"{found[1]} failed: {error!r}") from None
        return str(value) if spec or isinstance(value, str) else repr(value)

    return FilledText(re.sub(r"\{\{(.+?)\}\}", value, text))


@pytest.fixture
def session(shell: Any) -> Any:
    return shell.magics_manager.registry["ChatMagics"]._session


@pytest.fixture
def ask(shell: Any, session: Any) -> Callable[..., Answers]:
    """Asks as a cell with `--each` would; also against a server of another fixture."""

    def asked(prompt: str, each: str, **more: Any) -> Answers:
        return ask_each(shell, session, Asking(prompt, each=each, **more), [], fill_simply)

    return asked
