"""Python types as what an answer is to be: their JSON schema, and the way back from JSON.

1. What is of pydantic, or has something of pydantic's in its brackets, is read by pydantic, which
   the user has imported then; we never do.
2. Every other type is msgspec's: dataclasses, TypedDicts, NamedTuples, Structs, attrs classes,
   enums, Literals, unions, and containers of all these.
3. What msgspec does not know, such as a dataclass with a field of pydantic's, is tried with
   pydantic if it is there.
"""

from __future__ import annotations

import dataclasses
import sys
import types
import typing
from collections.abc import Callable
from typing import Any

import msgspec

from mlx_jupyter.errors import InvalidRequest, MLXJupyterError
from mlx_jupyter.kernel.schema.shape import strict, unreferenced

__all__ = ["as_record", "is_kind", "kind_of"]

Decode = Callable[[str], Any]

_FOREIGN = ("pydantic", "annotated_types")


def is_kind(value: Any) -> bool:
    """Whether it is a type, as one writes it in an annotation."""
    return isinstance(value, type | types.UnionType) or typing.get_origin(value) is not None


def kind_of(kind: Any, text: str) -> tuple[dict[str, Any], Decode]:
    """Its JSON schema, and what makes a value of JSON. Raises InvalidRequest, which calls it
    `text`, for a type that JSON cannot hold."""
    if _is_pydantic(kind):  # 1
        return _by_pydantic(kind, text)
    try:  # 2
        schema = msgspec.json.schema(kind)
        decoder = msgspec.json.Decoder(kind)
    except (TypeError, ValueError, NameError) as error:
        if "pydantic" in sys.modules:  # 3
            return _by_pydantic(kind, text)
        raise _refused(text, error) from None

    def decode(answer: str) -> Any:
        try:
            return decoder.decode(answer)
        except msgspec.ValidationError as error:
            raise MLXJupyterError(f"The answer is no {text}: {error}.") from None

    return strict(unreferenced(schema)), decode


def _is_pydantic(kind: Any) -> bool:
    """Whether it, what is in its brackets, or what annotates it, is of pydantic."""
    if isinstance(kind, type) and hasattr(kind, "__pydantic_core_schema__"):
        return "pydantic" in sys.modules
    if type(kind).__module__.partition(".")[0] in _FOREIGN:
        return "pydantic" in sys.modules
    return any(_is_pydantic(part) for part in typing.get_args(kind) if part is not kind)


def _by_pydantic(kind: Any, text: str) -> tuple[dict[str, Any], Decode]:
    pydantic: Any = sys.modules["pydantic"]
    try:
        adapter = pydantic.TypeAdapter(kind)
        schema = adapter.json_schema()
    except (pydantic.errors.PydanticUserError, TypeError, NameError) as error:
        raise _refused(text, error) from None

    def decode(answer: str) -> Any:
        try:
            return adapter.validate_json(answer)
        except pydantic.ValidationError as error:
            raise MLXJupyterError(f"The answer is no {text}: {_first(error)}.") from None

    return strict(unreferenced(schema)), decode


def _first(error: Any) -> str:
    """The first of what pydantic has to say, and where."""
    found = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in found["loc"])
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{found['msg']}{f' at {where}' if where else ''}{more}"


def _refused(text: str, error: Exception) -> InvalidRequest:
    said = str(error).strip().partition("\n")[0].rstrip(".")
    if said.endswith(":"):  # what follows is advice to who writes decoders
        said = "JSON has no such type"
    return InvalidRequest(f"{text} cannot be a schema: {said}.", param="response_format")


def as_record(value: Any) -> dict[str, Any] | None:
    """The fields of a record of any kind; None for what is none."""
    if isinstance(value, dict):
        return value
    if hasattr(value, "model_dump"):
        return dict(value.model_dump())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.asdict(value)
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return dict(value._asdict())
    names = [field.name for field in getattr(type(value), "__attrs_attrs__", ())]
    return {name: getattr(value, name) for name in names} or None
