"""How much of a value goes into a prompt.

A text of the user's goes whole: it is what was asked for. Of everything else a model gets the head,
and is told what was left out; 20,000 characters are some 5,000 tokens.
"""

from __future__ import annotations

__all__ = ["MAX_CHARACTERS", "head", "middle_out", "more"]

MAX_CHARACTERS = 20_000


def head(text: str, characters: int = MAX_CHARACTERS) -> str:
    """The beginning of `text`, and how much more there is."""
    left = len(text) - characters
    return text if left <= 0 else f"{text[:characters]}… {left:,} more characters"


def middle_out(text: str, characters: int = MAX_CHARACTERS) -> str:
    """The beginning and the end of `text`, and how much is missing between them."""
    left = len(text) - characters
    if left <= 0:
        return text
    half = characters // 2
    return f"{text[:half]}\n… {left:,} more characters …\n{text[-half:]}"


def more(count: int) -> str:
    return f"… {count:,} more"
