"""Python expressions on the line of a magic; see `kernel.expression`."""

from __future__ import annotations

from mlx_jupyter.kernel.expression import free_names, is_known, unquoted, value_of

__all__ = ["free_names", "is_known", "unquoted", "value_of"]
