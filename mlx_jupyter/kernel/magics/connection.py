"""One shell's connection to the pool: made at the first use, kept, made again if the server was."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from mlx_jupyter.errors import MLXJupyterError, RequestFailed, ServerNotFound
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.discovery import find
from mlx_jupyter.kernel.endpoint import Endpoint
from mlx_jupyter.wire.record import ServerRecord

__all__ = ["Connection"]

T = TypeVar("T")


class Connection:
    """`listed` are the servers that were shown to the user last, in the order of their numbers."""

    def __init__(self) -> None:
        self.listed: list[ServerRecord] = []
        self._pool: Pool | None = None
        self._chosen: Callable[[], Endpoint] | None = None

    def use(self, action: Callable[[Pool], T]) -> T:
        """Does `action` with the pool. If the pool was found earlier and is not there any more (no
        one answers, or one with another key), it is looked for once more."""
        if self._pool is None:
            self._pool = Pool(self.look_up())
            return action(self._pool)
        try:
            return action(self._pool)
        except MLXJupyterError as error:
            if not _is_stale(error):
                raise
        self.close()
        return self.use(action)

    def choose(self, chosen: Callable[[], Endpoint] | None) -> None:
        """From now on the pool is where `chosen` says, and nowhere else; None is discovery."""
        self.close()
        self._chosen = chosen

    @property
    def is_chosen(self) -> bool:
        return self._chosen is not None

    @property
    def endpoint(self) -> Endpoint:
        """Where the pool is now, or would be looked for. Raises `ServerNotFound`."""
        pool = self._pool  # read once: completion asks from a thread
        return pool.endpoint if pool else self.look_up()

    def look_up(self) -> Endpoint:
        """The user's choice, else by discovery. Raises `ServerNotFound`."""
        return self._chosen() if self._chosen else find()

    def close(self) -> None:
        if self._pool is not None:
            self._pool.close()
            self._pool = None


def _is_stale(error: MLXJupyterError) -> bool:
    if isinstance(error, RequestFailed):
        return error.http_status == HTTPStatus.UNAUTHORIZED
    return isinstance(error, ServerNotFound)
