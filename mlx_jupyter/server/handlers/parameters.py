"""What several routes read from their query, headers and body."""

from __future__ import annotations

import re

from msgspec import UNSET, UnsetType
from tornado.httputil import HTTPServerRequest

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.pool.duration import parse_duration
from mlx_jupyter.pool.eviction import Policy

__all__ = ["client_of", "count", "keep_alive_seconds", "policy_of", "truth"]

_DIGITS, _SHOWN = 12, 40
_CLIENT = re.compile(r"[\x21-\x7e]{1,128}")


def client_of(request: HTTPServerRequest) -> str:
    """Who asks, for a fair queue: our own clients send their kernel's id."""
    client = request.headers.get("X-MLX-Client", "")
    return client if _CLIENT.fullmatch(client) else ""


def count(name: str, text: str, *, least: int, most: int = 2**31 - 1) -> int | None:
    """None for an empty text. Raises `InvalidRequest` for what is no number of that range."""
    if not text:
        return None
    if text.isascii() and text.isdecimal() and len(text) <= _DIGITS and least <= int(text) <= most:
        return int(text)
    message = f"'{name}' is a whole number from {least} to {most}, not '{text[:_SHOWN]}'."
    raise InvalidRequest(message, param=name, code="invalid_value")


def keep_alive_seconds(value: str | float | None) -> float | UnsetType | None:
    """UNSET where the request leaves it open. Raises `InvalidRequest`."""
    if value is None:
        return UNSET
    try:
        return parse_duration(value)
    except ValueError as error:
        message = f"Invalid value for 'keep_alive': {error}"
        raise InvalidRequest(message, param="keep_alive", code="invalid_value") from None


def policy_of(name: str | None) -> Policy | None:
    """None where the request leaves it open. Raises `InvalidRequest`."""
    if not name:
        return None
    try:
        return Policy(name)
    except ValueError:
        known = ", ".join(policy.value for policy in Policy)
        message = f"'{name}' is not an eviction policy: {known}."
        raise InvalidRequest(message, param="policy", code="invalid_value") from None


def truth(name: str, text: str) -> bool:
    """Raises `InvalidRequest` for what is neither true nor false."""
    word = text.lower()
    if word not in ("1", "0", "true", "false", "yes", "no", ""):
        raise InvalidRequest(f"'{name}' is true or false, not '{text}'.", param=name)
    return word in ("1", "true", "yes", "")
