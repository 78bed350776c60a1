"""Which failures are those of one item, and which will be those of all.

1. The server is gone, or refuses the key: of all.
2. The model is not there, cannot be loaded, or cannot do what is asked: of all.
3. The first that end, as many as go at once, all fail with the same words: of all.
4. Every other failure is the item's: too long for the context, a picture that is none, a worker
   that died of it.
"""

from __future__ import annotations

from http import HTTPStatus

from mlx_jupyter.errors import MLXJupyterError, RequestFailed, ServerNotFound

__all__ = ["Verdict"]

_OF_ALL = frozenset(
    (
        "wrong_model_kind",
        "unsupported_parameter",
        "invalid_checkpoint",
        "code_refused",
        "model_load_failed",
        "insufficient_memory",
        "exceeds_memory_limit",
        "insufficient_disk",
        "download_failed",
        "shutting_down",
        "queue_full",
        "queue_timeout",
    )
)
_DENIED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


class Verdict:
    """`enough` failures with the same words, and nothing else, are those of all."""

    def __init__(self, enough: int) -> None:
        self._enough = enough
        self._ended = 0
        self._alike: str | None = None
        self._differ = False

    def after(self, error: MLXJupyterError | None) -> MLXJupyterError | None:
        """Takes how one has ended. Why it is of no use to go on, or None."""
        self._ended += 1
        message = error.message if error else None
        self._differ |= message is None or self._alike not in (None, message)
        self._alike = message
        if error is None or self._is_of_all(error):
            return error
        return None

    def _is_of_all(self, error: MLXJupyterError) -> bool:
        if not isinstance(error, RequestFailed):
            return isinstance(error, ServerNotFound)  # 1
        if error.http_status in _DENIED or error.error_code in _OF_ALL:  # 1, 2
            return True
        return not self._differ and self._ended >= self._enough  # 3
