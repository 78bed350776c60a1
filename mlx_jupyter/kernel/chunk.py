"""One event of a streamed answer, as much of it as an `Answer` needs."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from mlx_jupyter.errors import RequestFailed
from mlx_jupyter.wire.errors import ErrorBody
from mlx_jupyter.wire.generation import Usage

__all__ = ["Choice", "Chunk", "Delta", "decode_chunk"]


class Delta(Struct):
    content: str | None = None
    reasoning_content: str | None = None


class Choice(Struct):
    """Of a chat chunk, which has a `delta`, or of a completion chunk, which has a `text`."""

    index: int = 0
    delta: Delta | None = None
    text: str | None = None
    finish_reason: str | None = None


class Chunk(Struct):
    model: str | None = None
    choices: list[Choice] = []
    usage: Usage | None = None
    error: ErrorBody | None = None


_decoder = msgspec.json.Decoder(Chunk)


def decode_chunk(payload: str) -> Chunk:
    """Raises RequestFailed for what is no chunk."""
    try:
        return _decoder.decode(payload)
    except msgspec.MsgspecError as error:
        raise RequestFailed(f"An event was not understood: {error}.", status=502) from error
