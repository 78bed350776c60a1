"""Configured clients of the `openai` package, which is optional."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlx_jupyter.kernel.endpoint import Endpoint
from mlx_jupyter.kernel.transport import async_http_client, http_client

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI

__all__ = ["async_client", "client"]


def client(endpoint: Endpoint) -> OpenAI:
    return _package().OpenAI(http_client=http_client(endpoint), **_address(endpoint))


def async_client(endpoint: Endpoint) -> AsyncOpenAI:
    return _package().AsyncOpenAI(http_client=async_http_client(endpoint), **_address(endpoint))


def _address(endpoint: Endpoint) -> dict[str, Any]:
    # An empty key would make openai look for OPENAI_API_KEY, which is not ours to send anywhere.
    return {"base_url": endpoint.base_url, "api_key": endpoint.api_key or "none"}


def _package() -> Any:
    try:
        import openai  # noqa: PLC0415 - optional, and half a second to import
    except ImportError as error:
        message = "The openai package is not installed here: run `%pip install openai`."
        raise ImportError(message, name="openai") from error
    return openai
