"""What a user meant who misspelt a name."""

from __future__ import annotations

import difflib
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence

__all__ = ["did_you_mean", "what_is_unknown"]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` Did you mean load?`, or nothing if no known word is near."""
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
    return next(iter(difflib.get_close_matches(word, list(known), n=1)), None)
