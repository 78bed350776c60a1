"""What Tab may put where, as one part of completion tells another."""

from __future__ import annotations

from dataclasses import dataclass, field

from IPython.core.completer import SimpleCompletion

__all__ = ["Offer"]


@dataclass(frozen=True)
class Offer:
    """What may stand in the place of `typed`, the end of the text before the cursor."""

    typed: str
    completions: list[SimpleCompletion] = field(default_factory=list)
