"""Finding a server again that was there before: restarted, elsewhere, or with another key."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from mlx_jupyter.errors import MLXJupyterError, RequestFailed, ServerNotFound
from mlx_jupyter.kernel.discovery import find
from mlx_jupyter.kernel.endpoint import Endpoint

__all__ = ["found_again", "is_stale"]


def is_stale(error: MLXJupyterError) -> bool:
    """Whether no one answers any more, or one with another key."""
    if isinstance(error, RequestFailed):
        return error.http_status == HTTPStatus.UNAUTHORIZED
    return isinstance(error, ServerNotFound)


def found_again(endpoint: Endpoint, error: MLXJupyterError) -> Endpoint:
    """Where to try next. An address that the user gave is kept, its key is looked up; all else is
    found as at first. Raises `ServerNotFound`."""
    if endpoint.how != "explicit":
        return find()
    if not isinstance(error, RequestFailed):
        return endpoint
    known = find(endpoint.base_url).api_key
    return replace(endpoint, api_key=known or endpoint.api_key)
