"""From a JSON schema to what llguidance matches. Nothing here needs MLX or a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llguidance import LLMatcher, LLParserLimits, LLTokenizer

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.messages import Schema

if TYPE_CHECKING:
    from llguidance._lib import JsonCompileOptions

__all__ = ["PARAM", "compiled", "words"]

PARAM = "response_format.json_schema.schema"
_FUEL, _STATES = 200_000, 50_000
"""With the library's own limits a pattern `(a{1000}){1000}` holds the thread for 0.7 s, and states
may take 500 MB; with these it is 0.06 s."""
_WORDS = {"NoExtensionBias": "no text fits", "NoExtension": "no text fits"}


def compiled(tokenizer: LLTokenizer, schema: Schema) -> LLMatcher:
    """With its first mask, which finds out more. Raises `InvalidRequest`.

    A few schemas take the library minutes, or end the process: `pool.trial` keeps them away.
    """
    limits = LLParserLimits(
        initial_lexer_fuel=_FUEL, max_lexer_states=_STATES, verbose_errors=False
    )
    form: JsonCompileOptions = {
        "whitespace_flexible": False,
        "item_separator": ", ",
        "key_separator": ": ",
        "coerce_one_of": True,
        "lenient": schema.lenient,
    }
    try:
        grammar = LLMatcher.grammar_from_json_schema(schema.text, overrides=form)
    except ValueError as error:
        raise _not_understood(str(error)) from error
    matcher = LLMatcher(tokenizer, grammar, log_level=0, limits=limits)
    if not matcher.is_error():
        matcher.compute_bitmask()
    if matcher.is_error():
        raise _not_understood(matcher.get_error())
    return matcher


def words(error: str) -> str:
    """What the library says, in short."""
    first = error.partition("<non-verbose/>")[0].strip().partition("\n")[0][:200].rstrip(" .:")
    return _WORDS.get(first, first)


def _not_understood(error: str) -> InvalidRequest:
    return InvalidRequest(f"The schema cannot be compiled: {words(error)}.", param=PARAM)
