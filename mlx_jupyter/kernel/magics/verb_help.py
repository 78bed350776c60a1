"""`%mlx VERB?`, `%mlx VERB --help`: what one verb does, its options and examples."""

from __future__ import annotations

import argparse
import inspect
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from tokenize import TokenInfo
from typing import Self

from IPython.core.inputtransformer2 import TokenTransformBase

from mlx_jupyter.kernel.magics.command import parser_of, verbs

__all__ = ["VerbHelp", "help_of", "summary_of"]

_ASKED = re.compile(r"(\s*)%mlx[ \t]+([\w-]*)(?:[^\w?\n].*)?\?{1,2}\s*$")


_HELP = {"-h", "--help"}


@dataclass(frozen=True)
class _Words:
    summary: str
    examples: tuple[str, ...] = ()


_NOTHING = _Words("")
_WORDS = {
    "status": _Words("the budget, and the models that are loaded", ("%mlx", "%mlx status")),
    "models": _Words("all models of this machine", ("%mlx models",)),
    "load": _Words(
        "load a model and pin it; ■ gives the load up",
        (
            "%mlx load mlx-community/Qwen3-4B-4bit",
            "%mlx load mlx-community/Qwen3-4B-4bit --no-pin --keep-alive 1h",
        ),
    ),
    "evict": _Words(
        "unload models",
        ("%mlx evict mlx-community/Qwen3-4B-4bit", "%mlx evict --all", "%mlx evict --all --force"),
    ),
    "pin": _Words(
        "keep a loaded model loaded",
        ("%mlx pin mlx-community/Qwen3-4B-4bit", "%mlx pin mlx-community/Qwen3-4B-4bit --keep"),
    ),
    "unpin": _Words(
        "take this notebook's pin away",
        ("%mlx unpin mlx-community/Qwen3-4B-4bit", "%mlx unpin demo/chat --keep"),
    ),
    "switch": _Words(
        "evict what is needed and load a model, without a pin",
        ("%mlx switch mlx-community/Qwen3-4B-4bit --policy lru",),
    ),
    "plan": _Words(
        "what loading a model would do; does nothing", ("%mlx plan mlx-community/Qwen3-4B-4bit",)
    ),
    "use": _Words(
        "the model of this notebook's %chat and %%chat, or, if it makes vectors, of %embed",
        ("%mlx use mlx-community/Qwen3-4B-4bit", "%mlx use", "%mlx use --reset"),
    ),
    "events": _Words(
        "the last events, or those from now on, until ■", ("%mlx events -n 10", "%mlx events")
    ),
    "connect": _Words(
        "use the pool of another server",
        ("%mlx connect", "%mlx connect http://studio.local:8888", "%mlx connect --reset"),
    ),
    "doctor": _Words("what is wrong, and what to do", ("%mlx doctor",)),
    "env": _Words("what other tools need to reach the pool", ("%mlx env", "%mlx env --shell fish")),
    "bench": _Words("how fast a model is here", ("%mlx bench demo/chat",)),
    "panel": _Words("the pool as a panel with buttons", ("%mlx panel",)),
}


def summary_of(verb: str) -> str:
    """A few words; none for a verb that is not described here."""
    return _WORDS.get(verb, _NOTHING).summary


def help_of(line: str, overview: str) -> str | None:
    """The help that the rest of a `%mlx` line asks for; None if it asks for none."""
    try:
        words = shlex.split(line)
    except ValueError:
        return None
    asks = _HELP & set(words)
    if not asks and words[:1] != ["help"]:
        return None
    verb = next((word for word in words if word not in {"help", *_HELP}), None)
    if verb is None:
        return inspect.cleandoc(overview)
    return _verb_help(verb) if verb in verbs() else None


def _verb_help(verb: str) -> str:
    parser = parser_of(verb)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    said = _WORDS.get(verb, _NOTHING)
    parser.description = said.summary.replace("%", "%%") or None
    if said.examples:
        parser.epilog = "\n".join(["examples:", *(f"  {each}" for each in said.examples)])
    return parser.format_help()


class VerbHelp(TokenTransformBase):  # type: ignore[misc]
    """`%mlx load?` as a call of the magic with `load --help`.

    IPython takes the question for one about an object `load` (`HelpEnd`, priority 5).
    """

    priority = 4

    def __init__(self, start: tuple[int, int], indent: str, verb: str) -> None:
        super().__init__(start)
        self._indent, self._verb = indent, verb

    @classmethod
    def find(cls, tokens_by_line: Iterable[list[TokenInfo]]) -> Self | None:
        for tokens in tokens_by_line:
            asked = _ASKED.match(tokens[0].line) if tokens else None
            if asked:
                return cls(tokens[0].start, asked[1], asked[2])
        return None

    def transform(self, lines: list[str]) -> list[str]:
        text = f"{self._verb} --help".lstrip()
        code = f"{self._indent}get_ipython().run_line_magic('mlx', {text!r})\n"
        return [*lines[: self.start_line], code, *lines[self.start_line + 1 :]]
