"""The body of a request for one answer."""

from __future__ import annotations

import secrets
from typing import Any

import msgspec

from mlx_jupyter.errors import UnsupportedParameter

__all__ = ["drawn_seed", "encode"]

_SEED_BITS = 31
_NOT_IN_AN_ANSWER = ("n", "logprobs", "top_logprobs", "echo", "stream_options")
"""Fields whose effect an `Answer` could not show."""


def drawn_seed() -> int:
    return secrets.randbits(_SEED_BITS)


def encode(body: dict[str, Any]) -> bytes:
    """The JSON of what is not None, as a request for a stream that ends with its usage.

    Always a stream: so the server can say what it waits for, and notices who goes away. Raises
    `UnsupportedParameter` for fields that an `Answer` has no place for.
    """
    for name in _NOT_IN_AN_ANSWER:
        if body.get(name) is not None:
            message = f"An Answer has no place for {name!r}: use the client that .openai() gives."
            raise UnsupportedParameter(message, param=name)
    given = {name: value for name, value in body.items() if value is not None}
    return msgspec.json.encode(given | {"stream": True, "stream_options": {"include_usage": True}})
