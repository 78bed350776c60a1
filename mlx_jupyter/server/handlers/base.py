"""Auth, errors and bodies, the same for every route.

Jupyter's own answers do not fit OpenAI's clients: a wrong key is a 403 about `_xsrf`, an error is
`{"message", "reason"}`. Here a missing or wrong key is a 401 for every method, and every error has
OpenAI's shape.
"""

from __future__ import annotations

import hmac
from http.client import responses
from types import TracebackType
from typing import Any, TypeVar

import msgspec
from jupyter_server.auth import User
from jupyter_server.base.handlers import APIHandler
from tornado.web import HTTPError

from mlx_jupyter.errors import AuthenticationFailed, InvalidRequest, MLXJupyterError, TooLarge
from mlx_jupyter.server.application import SETTING, Application
from mlx_jupyter.wire.errors import ErrorBody, ErrorEnvelope, envelope, invalid_field

__all__ = ["RESOURCE", "Handler"]

RESOURCE = "mlx"
MAX_BODY_BYTES = 4 * 2**20
"""Decoding is done on Jupyter's loop: 15 ms for as much as this of token ids, less for text."""
T = TypeVar("T")


class Handler(APIHandler):
    auth_resource = RESOURCE

    @property
    def app(self) -> Application:
        found: Application = self.settings[SETTING]
        return found

    async def prepare(self) -> None:
        if self._has_pool_key():
            self._admit_pool_key()
            return
        if not self.identity_provider.auth_enabled and "Authorization" in self.request.headers:
            # Jupyter runs without a token, so any key will do, as with any server without keys; and
            # a foreign page cannot send this header without a preflight, so there is no XSRF to
            # fear.
            self._token_authenticated = True
        try:
            await super().prepare()
        except HTTPError as error:
            if error.status_code == 403 and self.current_user is None and self.check_host():
                raise _unauthenticated() from error
            raise
        # `allow_unauthenticated_access` is True by default and lets an anonymous GET come this far.
        # A browser's preflight carries no credentials.
        asks = "Access-Control-Request-Method" in self.request.headers
        preflight = asks and self.request.method == "OPTIONS"
        if not preflight and self.current_user is None:
            raise _unauthenticated()

    def _has_pool_key(self) -> bool:
        scheme, _, key = self.request.headers.get("Authorization", "").partition(" ")
        known = self.app.key.encode()
        return scheme.lower() in ("bearer", "token") and hmac.compare_digest(
            key.strip().encode(), known
        )

    def _admit_pool_key(self) -> None:
        """The pool's own key stands for the server's owner. It cannot be sent by a foreign page,
        since it is no cookie, so neither XSRF nor Origin is asked for; the Host check stays."""
        if not self.check_host():
            raise HTTPError(403)
        self.current_user = self._jupyter_current_user = User("mlx_jupyter", "mlx_jupyter")
        self._token_authenticated = True
        self.set_cors_headers()

    def decode(self, shape: type[T]) -> T:
        """The body as `shape`. Raises `InvalidRequest`, which names the field."""
        body = self.request.body
        if len(body) > MAX_BODY_BYTES:
            raise TooLarge(
                f"The body has {len(body)} bytes; at most {MAX_BODY_BYTES} are accepted."
            )
        return self.parse(body, shape)

    def parse(self, body: bytes | memoryview, shape: type[T]) -> T:
        try:
            return msgspec.json.decode(body, type=shape)
        except msgspec.ValidationError as error:
            raise invalid_field(error) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InvalidRequest(f"The body is not valid JSON: {error}") from error

    def reply(self, payload: object) -> None:
        self.finish(msgspec.json.encode(payload))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, MLXJupyterError):
            self._write_own_error(error)
        else:
            message = _message(status_code, error)
            kind = "server_error" if status_code >= 500 else "invalid_request_error"
            self.reply(ErrorEnvelope(ErrorBody(message, kind)))

    def _write_own_error(self, error: MLXJupyterError) -> None:
        self.set_status(error.status, responses.get(error.status, "Client Closed Request"))
        self.set_error_headers(error)
        self.reply(envelope(error))

    def set_error_headers(self, error: MLXJupyterError) -> None:
        if not error.may_retry:
            self.set_header("x-should-retry", "false")
        if error.retry_after_seconds is not None:
            self.set_header("Retry-After", str(error.retry_after_seconds))
        if isinstance(error, AuthenticationFailed):
            self.set_header("WWW-Authenticate", "Bearer")

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Errors of our own are answers, not accidents: one line, no traceback."""
        if isinstance(value, MLXJupyterError):
            self.log.info("%s %s: %s", self.request.method, self.request.path, value.message)
        else:
            super().log_exception(typ, value, tb)


def _unauthenticated() -> AuthenticationFailed:
    return AuthenticationFailed(
        "Missing or wrong API key. Send 'Authorization: Bearer <Jupyter token>'; from a kernel of "
        "this server, mlx_jupyter.connect() finds a key by itself."
    )


def _message(status: int, error: BaseException | None) -> str:
    """What may be told: Jupyter's and Tornado's own words, nothing of an unexpected error."""
    if isinstance(error, HTTPError) and error.log_message:
        return error.log_message % error.args if error.args else error.log_message
    if status >= 500:
        return "Internal error. Jupyter's log has the details."
    return responses.get(status, "Unknown error")
