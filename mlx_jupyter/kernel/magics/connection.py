"""One shell's connection to the pool: made at the first use, kept, made again if the server was."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from mlx_jupyter.errors import MLXJupyterError, RequestFailed, ServerNotFound
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.discovery import find
from mlx_jupyter.kernel.endpoint import Endpoint

__all__ = ["Connection"]

T = TypeVar("T")


class Connection:
    def __init__(self) -> None:
        self._pool: Pool | None = None

    @property
    def endpoint(self) -> Endpoint:
        """Where the pool is now, or would be looked for. Raises `ServerNotFound`."""
        pool = self._pool  # read once: completion asks from a thread
        return pool.endpoint if pool else find()

    def use(self, action: Callable[[Pool], T]) -> T:
        """Does `action` with the pool. If the pool was found earlier and is not there any more (no
        one answers, or one with another key), it is looked for once more."""
        if self._pool is None:
            self._pool = Pool(find())
            return action(self._pool)
        try:
            return action(self._pool)
        except MLXJupyterError as error:
            if not _is_stale(error):
                raise
        self.close()
        return self.use(action)

    def close(self) -> None:
        if self._pool is not None:
            self._pool.close()
            self._pool = None


def _is_stale(error: MLXJupyterError) -> bool:
    if isinstance(error, RequestFailed):
        return error.http_status == HTTPStatus.UNAUTHORIZED
    return isinstance(error, ServerNotFound)
