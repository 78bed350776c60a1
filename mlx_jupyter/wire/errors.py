"""The one mapping between `errors` and the JSON that OpenAI's clients read."""

from __future__ import annotations

import re

from msgspec import UNSET, Struct, UnsetType, ValidationError

from mlx_jupyter.errors import InvalidRequest, MLXJupyterError

__all__ = ["ErrorBody", "ErrorEnvelope", "envelope", "invalid_field"]


class ErrorBody(Struct):
    """`plan` is there for want of memory: what would have had to leave (`pool.PlanReport`)."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None
    plan: object | UnsetType = UNSET


class ErrorEnvelope(Struct):
    """`{"error": {...}}`: the body of every answer that is not a success, and the last event of a
    stream that failed after it began."""

    error: ErrorBody


def envelope(error: MLXJupyterError) -> ErrorEnvelope:
    plan = UNSET if error.plan is None else error.plan
    return ErrorEnvelope(ErrorBody(error.message, error.type, error.param, error.code, plan))


_AT = re.compile(r" - at (?:`key` in )?`\$(?P<path>[^`]*?)(?:\[\.\.\.\])*`$")
_MISSING = re.compile(r"missing required field `(?P<name>[^`]+)`")
_UNKNOWN = re.compile(r"contains unknown field `(?P<name>[^`]+)`")


def invalid_field(error: ValidationError) -> InvalidRequest:
    """msgspec's message, turned into one that names the field in `param`.

    msgspec ends a message with the path of the value ("Expected `float`, got `str` - at
    `$.temperature`", "- at `key` in `$.logit_bias`", "- at `$.logit_bias[...]`") and names missing
    and unknown fields in the sentence.
    """
    text = str(error)
    place = _AT.search(text)
    path = place["path"].lstrip(".") if place else ""
    sentence = _AT.sub("", text)
    if unknown := _UNKNOWN.search(sentence):
        name = _join(path, unknown["name"])
        return InvalidRequest(f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")
    if missing := _MISSING.search(sentence):
        name = _join(path, missing["name"])
        return InvalidRequest(
            f"Missing required parameter: '{name}'.", param=name, code="missing_required_parameter"
        )
    if not path:
        return InvalidRequest(f"Invalid request body: {sentence}.")
    message = f"Invalid value for '{path}': {sentence}."
    return InvalidRequest(message, param=path, code="invalid_value")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
