"""How an answer is to be shown."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FORMS", "THINK", "Look"]

FORMS = ("markdown", "text", "json", "code")
THINK = ("show", "hide", "off")


@dataclass(frozen=True)
class Look:
    """`form` is one of FORMS, `think` (whether reasoning is shown, folded) one of THINK; `footer`
    is the line of figures below."""

    form: str = "markdown"
    think: str = "show"
    footer: bool = False
