"""How other programs on this machine get at a pool, and at its key."""

from __future__ import annotations

import sys

from mlx_jupyter.kernel.discovery import find
from mlx_jupyter.kernel.endpoint import Endpoint, same_address
from mlx_jupyter.kernel.search import Search
from mlx_jupyter.kernel.variables import Access

__all__ = ["access_to", "key_of"]

_NO_KEY = "none"


def access_to(endpoint: Endpoint, *, show_key: bool) -> Access:
    """Where the server wants no key there is a word in its place, which OpenAI's clients want."""
    command = (sys.executable, "-m", "mlx_jupyter", "key", endpoint.base_url)
    is_known = endpoint.api_key == key_of(endpoint.base_url)
    return Access(
        endpoint.base_url,
        (endpoint.api_key or _NO_KEY) if show_key or not endpoint.api_key else None,
        command if is_known else (),
        endpoint.cafile,
        endpoint.uds,
    )


def key_of(url: str) -> str:
    """The key that a program of this user's would find for `url`: in its record, or in the
    environment; empty if there is none."""
    if key := find(url).api_key:
        return key
    found = (attempt.endpoint for attempt in Search().attempts() if attempt.endpoint)
    return next((one.api_key for one in found if same_address(one.base_url, url)), "")
