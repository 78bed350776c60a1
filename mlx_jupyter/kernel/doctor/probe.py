"""Whether a pool answers at an address; if not, what does, and what to do about it."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal
from urllib.parse import urlsplit

import httpx
import msgspec

from mlx_jupyter.kernel.doctor.deadline import within
from mlx_jupyter.kernel.endpoint import Endpoint
from mlx_jupyter.kernel.transport import http_client
from mlx_jupyter.wire.health import Health

__all__ = ["PROBE_SECONDS", "Kind", "Probe", "of_answer", "of_error", "probe"]

PROBE_SECONDS = 2.0

Kind = Literal["ok", "address", "dns", "refused", "timeout", "tls", "key", "absent", "other"]


@dataclass(frozen=True)
class Probe:
    """`said` is what happened, `todo` what to do; both are sentences. `seconds` is the time to the
    whole answer, `health` the answer of one that is `ok`."""

    kind: Kind
    said: str
    todo: str = ""
    seconds: float | None = None
    health: Health | None = None


def probe(endpoint: Endpoint, *, seconds: float = PROBE_SECONDS) -> Probe:
    """Sends one GET, which asks no model's process. Never raises, and takes `seconds` at most."""
    found = within(seconds, lambda: _ask(endpoint, seconds))
    return found or of_error(endpoint.base_url, httpx.ReadTimeout(f"{seconds:.0f} s"))


def _ask(endpoint: Endpoint, seconds: float) -> Probe:
    began = time.perf_counter()
    try:
        with http_client(endpoint, timeout_seconds=seconds) as client:
            response = client.get(endpoint.health_url, params={"ping": "false"})
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        return of_error(endpoint.base_url, error, has_cafile=bool(endpoint.cafile))
    return of_answer(endpoint.base_url, response, time.perf_counter() - began)


def of_answer(url: str, response: httpx.Response, seconds: float) -> Probe:
    status, location = response.status_code, response.headers.get("Location", "")
    said = f"{url} answered {status} {response.reason_phrase}".rstrip()
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Probe("key", f"{url} refuses the key, or wants one.", _KEY)
    if response.is_redirect and ("login" in location or "oauth" in location):
        return Probe("key", f"{url} asks for a login instead of answering.", _KEY)
    if response.is_redirect:
        where = urlsplit(location)._replace(query="", fragment="").geturl()
        return Probe("other", f"{said}, to {where}.", "Use that address instead.")
    if status == HTTPStatus.NOT_FOUND:
        return Probe("absent", f"{said}: there is no mlx_jupyter there.", _ABSENT)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Probe("other", f"{said}.", "Its log, or that of the proxy before it, says why.")
    try:
        health = msgspec.json.decode(response.content, type=Health)
    except msgspec.MsgspecError:
        return Probe("absent", f"{said}, but not as mlx_jupyter does.", _ABSENT)
    ms = seconds * 1000
    return Probe("ok", f"{url} answers in {ms:.0f} ms.", seconds=seconds, health=health)


_KEY = (
    "Take the token that Jupyter printed at its start (`jupyter server list` prints it again), or"
    " a JupyterHub token: %mlx connect ADDRESS asks for it."
)
_ABSENT = (
    "Give the whole address, with Jupyter's base_url; or install mlx-jupyter where that Jupyter"
    " runs, and restart it (`jupyter server extension list` says whether it is enabled)."
)


def of_error(url: str, error: Exception, *, has_cafile: bool = False) -> Probe:
    """The cause decides: httpx's own classes do not tell a name from a port."""
    causes = list(_causes(error))
    host = urlsplit(url).hostname or url
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Probe("dns", f"There is no machine {host!r}.", "Check how its name is spelled.")
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return _of_tls(url, cause, has_cafile=has_cafile)
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        todo = "Start Jupyter there, or check the port; a firewall refuses too."
        return Probe("refused", f"Nothing listens at {url}.", todo)
    if any(isinstance(cause, httpx.TimeoutException) for cause in causes):
        todo = "Check the address, and whether a firewall is between; a busy server needs longer."
        if url.startswith("https:"):
            todo += " One without HTTPS is silent too: then write http://."
        return Probe("timeout", f"{url} did not answer in time.", todo)
    if any(isinstance(cause, FileNotFoundError) for cause in causes):
        todo = "Check MLX_JUPYTER_CA or --ca, and for a unix socket whether its server runs."
        return Probe("address", f"A file that {url} needs is not there: {error}.", todo)
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL | ValueError):
        return Probe(
            "address", f"{url} is no address: {str(error).rstrip('.')}.", "Write http://HOST:PORT."
        )
    what = str(error) or type(error).__name__
    todo = "If that server uses HTTPS, the address begins with https://."
    return Probe("other", f"The connection to {url} broke: {what}.", todo)


def _of_tls(url: str, error: ssl.SSLError, *, has_cafile: bool) -> Probe:
    if isinstance(error, ssl.SSLCertVerificationError):
        said = f"The certificate of {url} is not trusted: {error.verify_message}."
        file = "another FILE" if has_cafile else "FILE"
        todo = f"Trust it by %mlx connect ADDRESS --ca {file}, or by MLX_JUPYTER_CA."
        return Probe("tls", said, todo)
    if "WRONG_VERSION" in str(error) or "record layer" in str(error):
        todo = "Write http:// instead of https://."
        return Probe("tls", f"{url} does not speak TLS.", todo)
    todo = "Check the certificate file, and that the address is right."
    return Probe("tls", f"TLS with {url} failed: {error.reason or error}.", todo)


def _causes(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__
