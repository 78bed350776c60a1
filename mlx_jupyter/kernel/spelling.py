"""What a user meant who misspelt a name."""

from __future__ import annotations

import difflib
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence

__all__ = ["did_you_mean", "what_is_unknown"]

_FEWEST = 3
"""Letters of an abbreviation."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence with the nearest word, a blank before it; nothing if none is near."""
    near = _nearest(word, known)
    return f" Did you mean {near}?" if near else ""


def what_is_unknown(parser: ArgumentParser, words: Sequence[str]) -> str:
    """What a parser did not understand, with the nearest option if it was meant to be one."""
    said = " ".join(words)
    if not words[0].startswith("-"):
        return f"Unexpected: {said}"
    # Without the dashes, in which all options are alike.
    known = {name.lstrip("-"): name for name in parser._option_string_actions}
    near = _nearest(words[0].partition("=")[0].lstrip("-"), known)
    return f"Unknown option: {said}" + (f". Did you mean {known[near]}?" if near else "")


def _nearest(word: str, known: Iterable[str]) -> str | None:
    """An abbreviation is near to what it abbreviates, however long that is."""
    names = list(known)
    longer = [name for name in names if len(word) >= _FEWEST and name.startswith(word)]
    return next(iter(longer or difflib.get_close_matches(word, names, n=1)), None)
