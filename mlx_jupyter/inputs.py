"""What a request wants vectors of: from its JSON to texts or token ids.

The server reads small requests itself, so that nonsense loads no model; the worker reads all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from mlx_jupyter.errors import InvalidRequest

__all__ = ["MOST_INPUTS", "Inputs", "inputs_in"]

T = TypeVar("T")

MOST_INPUTS = 100_000
Inputs = list[str] | list[list[int]]
_decoder = msgspec.json.Decoder(str | list[str | int | list[int]])


def inputs_in(data: bytes | memoryview, field: str) -> Inputs:
    """All texts, or all lists of token ids. Raises `InvalidRequest`, which names the one that is
    neither, or empty; `field` is where the request has them."""
    try:
        value = _decoder.decode(data)
    except msgspec.ValidationError as error:
        where = str(error).replace("`$", f"`{field}").replace("`", "'")
        raise _invalid(f"'{field}' has to be texts or lists of token ids: {where}", field) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _invalid(f"'{field}' is not valid JSON: {error}", field) from None
    if isinstance(value, str):
        return _texts([value], field)
    if not value:
        raise _invalid(f"'{field}' is empty.", field)
    if len(value) > MOST_INPUTS:
        message = f"'{field}' has {len(value)} items; one request takes at most {MOST_INPUTS}."
        raise _invalid(message, field)
    return _of_one_kind(value, field)


def _of_one_kind(values: list[str | int | list[int]], field: str) -> Inputs:
    match values[0]:
        case str():
            return _texts(_all_of(str, values, field), field)
        case int():
            return [_all_of(int, values, field)]
    lists = _all_of(list, values, field)
    for at, ids in enumerate(lists):
        if not ids:
            raise _invalid(f"{field}[{at}] is an empty list.", field)
    return lists


def _all_of(kind: type[T], values: Sequence[object], field: str) -> list[T]:
    found = [value for value in values if isinstance(value, kind)]
    if len(found) < len(values):
        at = next(at for at, value in enumerate(values) if not isinstance(value, kind))
        message = f"{field}[{at}] is not of the kind of {field}[0]: send only texts, or only ids."
        raise _invalid(message, field)
    return found


def _texts(texts: list[str], field: str) -> list[str]:
    for at, text in enumerate(texts):
        if not text:
            raise _invalid(f"{field}[{at}] is an empty text.", field)
    return texts


def _invalid(message: str, field: str) -> InvalidRequest:
    return InvalidRequest(message, param=field)
