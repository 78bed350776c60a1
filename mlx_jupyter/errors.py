"""Everything that can go wrong on purpose, as one tree.

    MLXJupyterError              500  server_error
    ├── InvalidRequest           400  invalid_request
    │   ├── UnsupportedParameter      unsupported_parameter: known to OpenAI, not honoured here
    │   ├── WrongKind                 the model cannot do what was asked (an image to a text model)
    │   ├── ContextExceeded           context_length_exceeded
    │   ├── ImageInvalid              invalid_image: cannot be read as a picture; names which one
    │   ├── ImageNotFetched           image_not_fetched: a URL that is refused, or gave no picture
    │   └── CheckpointInvalid         invalid_checkpoint: found by the preflight, before any loader
    │       ├── CodeRefused           code_refused: the checkpoint names Python code to run
    │       └── CheckpointIncomplete      a hub snapshot that was not fetched to its end
    ├── AuthenticationFailed     401  invalid_api_key
    ├── ModelNotAllowed          403  model_not_allowed
    ├── NotFound                 404  not_found
    │   └── ModelNotFound             model_not_found
    ├── ModelInUse               409  model_in_use
    ├── ModelNotLoaded           409  model_not_loaded: the request was only for one that is there
    ├── RequestExists            409  request_exists: the id of a request that is still running
    ├── TooLarge                 413  request_too_large
    ├── Cancelled                499  request_cancelled
    ├── QueueFull                429  queue_full: too many requests wait for room already
    │   └── QueueTimeout              queue_timeout: this one waited for too long
    ├── LoadFailed               500  model_load_failed: the loader said no; again is no help
    ├── WorkerDied               502  worker_died: the process ended; the next use starts another
    ├── DownloadFailed           502  download_failed: the hub said no, or the connection broke
    ├── InsufficientDisk         503  insufficient_disk: no room for a download
    ├── PoolClosed               503  shutting_down
    ├── InsufficientMemory       503  insufficient_memory: would fit if something left; has a plan
    │   └── ExceedsMemory             exceeds_memory_limit: would not fit into an empty pool either
    ├── ServerNotFound            -   kernel side: no server to talk to
    └── RequestFailed             -   kernel side: the server said no; carries its status and code

Each class knows its HTTP status and its OpenAI `type` and `code`; `wire.errors` writes them down.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "AuthenticationFailed",
    "Cancelled",
    "CheckpointIncomplete",
    "CheckpointInvalid",
    "CodeRefused",
    "ContextExceeded",
    "DownloadFailed",
    "ExceedsMemory",
    "ImageInvalid",
    "ImageNotFetched",
    "InsufficientDisk",
    "InsufficientMemory",
    "InvalidRequest",
    "LoadFailed",
    "MLXJupyterError",
    "ModelInUse",
    "ModelNotAllowed",
    "ModelNotFound",
    "ModelNotLoaded",
    "NotFound",
    "PoolClosed",
    "QueueFull",
    "QueueTimeout",
    "RequestExists",
    "RequestFailed",
    "ServerNotFound",
    "TooLarge",
    "UnsupportedParameter",
    "WorkerDied",
    "WrongKind",
    "error_of",
]


class MLXJupyterError(Exception):
    """An error with a message for a person and a place in OpenAI's scheme.

    `may_retry` says whether the same request may succeed later; where it is False the answer
    carries `x-should-retry: false`, which keeps OpenAI's clients from trying twice more.
    """

    status: ClassVar[int] = 500
    type: ClassVar[str] = "server_error"
    may_retry: ClassVar[bool] = False
    code: str | None = None
    plan: object = None
    """For want of memory: what would have had to leave, see `pool.plan`."""
    retry_after_seconds: int | None = None

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.code = code or type(self).code


class InvalidRequest(MLXJupyterError):
    status = 400
    type = "invalid_request_error"
    code = "invalid_request"


class UnsupportedParameter(InvalidRequest):
    code = "unsupported_parameter"


class WrongKind(InvalidRequest):
    code = "wrong_model_kind"


class ContextExceeded(InvalidRequest):
    code = "context_length_exceeded"


class ImageInvalid(InvalidRequest):
    code = "invalid_image"


class ImageNotFetched(InvalidRequest):
    """Tells the host and the status, never what was answered."""

    code = "image_not_fetched"


class CheckpointInvalid(InvalidRequest):
    code = "invalid_checkpoint"

    def __init__(self, message: str, *, param: str | None = "model") -> None:
        super().__init__(message, param=param)


class CodeRefused(CheckpointInvalid):
    code = "code_refused"


class CheckpointIncomplete(CheckpointInvalid):
    """Fetching it again may complete it."""


class AuthenticationFailed(MLXJupyterError):
    status = 401
    type = "invalid_request_error"
    code = "invalid_api_key"


class ModelNotAllowed(MLXJupyterError):
    status = 403
    type = "permission_error"
    code = "model_not_allowed"

    def __init__(self, message: str, *, param: str | None = "model") -> None:
        super().__init__(message, param=param)


class NotFound(MLXJupyterError):
    status = 404
    type = "invalid_request_error"
    code = "not_found"


class ModelNotFound(NotFound):
    code = "model_not_found"

    def __init__(self, message: str, *, param: str | None = "model") -> None:
        super().__init__(message, param=param)


class ModelInUse(MLXJupyterError):
    status = 409
    type = "invalid_request_error"
    code = "model_in_use"


class ModelNotLoaded(MLXJupyterError):
    status = 409
    type = "invalid_request_error"
    code = "model_not_loaded"


class RequestExists(MLXJupyterError):
    status = 409
    type = "invalid_request_error"
    code = "request_exists"


class TooLarge(MLXJupyterError):
    status = 413
    type = "invalid_request_error"
    code = "request_too_large"


class Cancelled(MLXJupyterError):
    status = 499
    type = "cancelled"
    code = "request_cancelled"


class QueueFull(MLXJupyterError):
    """`plan` is what the request would have waited for."""

    status = 429
    type = "rate_limit_error"
    code = "queue_full"
    may_retry = True


class QueueTimeout(QueueFull):
    code = "queue_timeout"


class LoadFailed(MLXJupyterError):
    code = "model_load_failed"

    def __init__(self, message: str, *, param: str | None = "model") -> None:
        super().__init__(message, param=param)


class WorkerDied(MLXJupyterError):
    status = 502
    code = "worker_died"
    may_retry = True


class DownloadFailed(MLXJupyterError):
    status = 502
    code = "download_failed"
    may_retry = True

    def __init__(self, message: str, *, param: str | None = "model") -> None:
        super().__init__(message, param=param)


class InsufficientDisk(MLXJupyterError):
    status = 503
    code = "insufficient_disk"

    def __init__(self, message: str, *, param: str | None = "model") -> None:
        super().__init__(message, param=param)


class PoolClosed(MLXJupyterError):
    status = 503
    code = "shutting_down"


class InsufficientMemory(MLXJupyterError):
    status = 503
    code = "insufficient_memory"
    may_retry = True


class ExceedsMemory(InsufficientMemory):
    code = "exceeds_memory_limit"
    may_retry = False


class ServerNotFound(MLXJupyterError):
    """No Jupyter server with mlx_jupyter could be found, or several and none is the right one."""


class RequestFailed(MLXJupyterError):
    """What the server answered instead of a result, as the kernel sees it."""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message, param=param)
        self.http_status = status
        self.error_code = code


def _tree(root: type[MLXJupyterError]) -> list[type[MLXJupyterError]]:
    return [root, *(found for child in root.__subclasses__() for found in _tree(child))]


def error_of(code: str, message: str, param: str | None = None) -> MLXJupyterError:
    """The error with this `code`, for one that crossed a process border as text.

    An unknown code is a plain `MLXJupyterError`: the message survives.
    """
    for kind in _tree(MLXJupyterError):
        if kind.code == code:
            return kind(message, param=param)
    return MLXJupyterError(message, param=param)
