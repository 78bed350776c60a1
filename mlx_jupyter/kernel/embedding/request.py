"""What a user asks of `embed`, as a run."""

from __future__ import annotations

from typing import Any

from mlx_jupyter.errors import UnsupportedParameter
from mlx_jupyter.kernel.embedding.cache import VectorCache
from mlx_jupyter.kernel.embedding.cache_place import cache_folder
from mlx_jupyter.kernel.embedding.column import column_of
from mlx_jupyter.kernel.embedding.run import Run

__all__ = ["given", "run_of"]


def run_of(texts: Any, options: dict[str, Any], *, cache: bool) -> Run:
    """`options` are keywords of `embed`. Raises InvalidRequest, which names the rows that are no
    texts; UnsupportedParameter for an `encoding_format`."""
    if "encoding_format" in options:
        message = "The vectors come as an array: there is no encoding_format to choose."
        raise UnsupportedParameter(message, param="encoding_format")
    fields = options | {"truncate": options.get("truncate") or None}
    fields |= {"normalize": None if options.get("normalize", True) else False}
    return Run(column_of(texts), given(fields), VectorCache(cache_folder() if cache else None))


def given(options: dict[str, Any]) -> dict[str, Any]:
    """Those that are not None: the others are left to the server."""
    return {name: value for name, value in options.items() if value is not None}
