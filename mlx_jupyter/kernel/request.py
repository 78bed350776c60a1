"""The request for one answer."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import httpx
import msgspec

from mlx_jupyter.errors import UnsupportedParameter
from mlx_jupyter.kernel.endpoint import Endpoint
from mlx_jupyter.kernel.images.content import with_pictures
from mlx_jupyter.kernel.images.picture import Picture

__all__ = ["Messages", "answer_request", "drawn_seed", "encode", "messages_of"]

Messages = list[dict[str, Any]]

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


def messages_of(
    prompt: str | Messages, system: str | None, pictures: Sequence[Picture] = ()
) -> Messages:
    """`prompt`, a text or messages, with the pictures in the user's last message and `system`
    before it all. Raises InvalidRequest for pictures where no user says anything."""
    messages = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
    messages = with_pictures(messages, pictures)
    return messages if system is None else [{"role": "system", "content": system}, *messages]


def answer_request(
    http: httpx.Client | httpx.AsyncClient, endpoint: Endpoint, route: str, body: dict[str, Any]
) -> httpx.Request:
    """`route` is below `/v1`, `body` for `encode`."""
    return http.build_request(
        "POST",
        f"{endpoint.base_url}/{route}",
        content=encode(body),
        headers={"Content-Type": "application/json"},
    )
