"""What a request wants vectors of: from its JSON to texts or token ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.messages import Piece

__all__ = ["MOST_INPUTS", "Inputs", "inputs_in"]

T = TypeVar("T")

MOST_INPUTS = 100_000
Inputs = list[str] | list[list[int]]
_decoder = msgspec.json.Decoder(str | list[str | int | list[int]])


def inputs_in(pieces: Sequence[Piece]) -> Inputs:
    """All texts, or all lists of token ids. Raises `InvalidRequest`, which names the one that is
    neither, or empty."""
    try:
        value = _decoder.decode(b"".join(piece.data for piece in pieces))
    except msgspec.ValidationError as error:
        where = str(error).replace("`$", "`input").replace("`", "'")
        raise _invalid(f"The input has to be texts or lists of token ids: {where}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _invalid(f"The input is not valid JSON: {error}") from None
    if isinstance(value, str):
        return _texts([value])
    if not value:
        raise _invalid("The input is empty.")
    if len(value) > MOST_INPUTS:
        raise _invalid(f"{len(value)} inputs are more than the {MOST_INPUTS} of one request.")
    return _of_one_kind(value)


def _of_one_kind(values: list[str | int | list[int]]) -> Inputs:
    match values[0]:
        case str():
            return _texts([_same(value, str, at) for at, value in enumerate(values)])
        case int():
            return [[_same(value, int, at) for at, value in enumerate(values)]]
        case _:
            return _ids([_same(value, list, at) for at, value in enumerate(values)])


def _same(value: object, kind: type[T], at: int) -> T:
    if not isinstance(value, kind):
        raise _invalid(
            f"input[{at}] is not of the kind of input[0]: send texts only, or token ids only."
        )
    return value


def _texts(texts: list[str]) -> list[str]:
    for at, text in enumerate(texts):
        if not text:
            raise _invalid(f"input[{at}] is an empty text.")
    return texts


def _ids(lists: list[list[int]]) -> list[list[int]]:
    for at, ids in enumerate(lists):
        if not ids:
            raise _invalid(f"input[{at}] is an empty list.")
    return lists


def _invalid(message: str) -> InvalidRequest:
    return InvalidRequest(message, param="input")
