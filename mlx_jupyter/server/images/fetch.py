"""An image by its URL, which may not lead into the network that the server stands in (SSRF).

    URL ── may it be asked for? ── resolve ── are all addresses allowed? ── ask the address
     ▲                                                                           │
     └────────────────────────────── a redirect ─────────────────────────────────┘

A name is resolved once per turn and what was judged is what is connected to, so that a second
answer of its DNS changes nothing. The request goes to `https://<address>`, with the name in `Host`
and in httpx's `sni_hostname`, against which the certificate is verified too.

What is told of a failure names the host that was asked for and nothing else of its URL, no address,
no target of a redirect and nothing that was answered but a status and a media type.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from itertools import cycle, islice, zip_longest
from typing import Any

import httpx

from mlx_jupyter._version import __version__
from mlx_jupyter.errors import ImageNotFetched
from mlx_jupyter.server.images.address import IPAddress, is_public

__all__ = ["FetchLimits", "Fetcher"]

_HEADERS = {
    "Accept": "image/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": f"mlx_jupyter/{__version__}",
}
_UNTOLD = ("", "application/octet-stream", "binary/octet-stream")
"""Media types that tell nothing; the last is what S3 says by default."""
_MOST_HOST = 253
"""Characters of a name in the DNS (RFC 1035, 2.3.4, without the root)."""
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,40}/[a-z0-9!#$&^_.+-]{1,40}")


RESOLVERS = 8
"""Threads of their own: one whose resolver hangs outlives its time limit, and must not take the
place of Jupyter's other work."""


@dataclass(frozen=True)
class FetchLimits:
    """`connect_seconds` is for resolving a name and for each connection, `read_seconds` for each
    wait for data, `total_seconds` for everything. `tries` are for each turn of a redirect, with
    `backoff_seconds`, doubled each time, between them."""

    connect_seconds: float = 5.0
    read_seconds: float = 30.0
    total_seconds: float = 60.0
    max_bytes: int = 20 * 10**6
    redirects: int = 5
    tries: int = 3
    backoff_seconds: float = 0.5


class _Failed(Exception):
    """Why there is no image, as the end of a sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Refused(_Failed):
    """Nothing was asked: the URL may not be, or leads nowhere."""


class _Passing(_Failed):
    """May go well the next time."""


class Fetcher:
    """`allowed` judges addresses; `tls` verifies certificates, by default against certifi's.

    No proxy and no `.netrc` of the environment is used, and no cookie is kept. A connection serves
    one request: httpcore pools them by address, and a second name there would get the first one's.
    """

    def __init__(
        self,
        limits: FetchLimits = FetchLimits(),
        *,
        allowed: Callable[[IPAddress], bool] = is_public,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._limits = limits
        self._allowed = allowed
        self._timeouts = httpx.Timeout(
            limits.read_seconds, connect=limits.connect_seconds
        ).as_dict()
        # Not an `AsyncClient`: httpx 0.28's parses the target of a redirect before it shows it,
        # fails on some, keeps cookies and logs whole URLs.
        self._resolvers = ThreadPoolExecutor(RESOLVERS, thread_name_prefix="mlx_jupyter_name")
        self._http = httpx.AsyncHTTPTransport(
            limits=httpx.Limits(max_keepalive_connections=0), verify=tls or True, trust_env=False
        )

    async def close(self) -> None:
        """Once no `fetch` runs any more."""
        await self._http.aclose()
        self._resolvers.shutdown(wait=False, cancel_futures=True)

    async def fetch(self, url: str) -> bytes:
        """What `url` answers, which says that it is an image, or does not say what it is.

        Raises `ImageNotFetched`. Cancelled, it closes its connection.
        """
        first = _parsed(url)
        try:
            async with asyncio.timeout(self._limits.total_seconds):
                return await self._follow(first)
        except TimeoutError:
            reason = f"it took more than {self._limits.total_seconds:g} s"
        except _Failed as failed:
            reason = failed.reason
        raise ImageNotFetched(f"The image could not be fetched from {_host(first)}: {reason}.")

    async def _follow(self, url: httpx.URL) -> bytes:
        for turn in range(self._limits.redirects + 1):
            try:
                addresses = await self._resolve(url)
            except _Refused:
                if turn == 0:
                    raise
                raise _Failed("it redirects to where nothing can be fetched") from None
            answer = await self._ask(url, addresses)
            if isinstance(answer, bytes):
                return answer
            url = answer
        raise _Failed("it redirects too often")

    async def _resolve(self, url: httpx.URL) -> list[IPAddress]:
        """The addresses to ask, the best first. Raises `_Refused` unless all are allowed."""
        _check_url(url)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._limits.connect_seconds):
                found = await loop.run_in_executor(self._resolvers, _lookup, _host(url))
        except TimeoutError:
            raise _Refused("its name could not be resolved in time") from None
        except (OSError, UnicodeError):  # the latter for a label of more than 63 characters
            raise _Refused("no such host") from None
        addresses = [ipaddress.ip_address(entry[4][0]) for entry in found]
        if not addresses:
            raise _Refused("no such host")
        if not all(self._allowed(address) for address in addresses):
            raise _Refused("its address is not public")
        return _alternating(addresses)

    async def _ask(self, url: httpx.URL, addresses: Sequence[IPAddress]) -> bytes | httpx.URL:
        """The body, or where to ask instead. Each try goes to the next address."""
        failed = _Failed("nothing was tried")
        for attempt, address in enumerate(islice(cycle(addresses), self._limits.tries)):
            if attempt:
                await asyncio.sleep(self._limits.backoff_seconds * 2 ** (attempt - 1))
            try:
                return await self._get(url, address)
            except _Passing as passing:
                failed = passing
        raise failed

    async def _get(self, url: httpx.URL, address: IPAddress) -> bytes | httpx.URL:
        request = httpx.Request(
            "GET",
            url.copy_with(host=str(address)),
            headers=_HEADERS | {"Host": url.netloc.decode("ascii")},
            extensions={"sni_hostname": _host(url), "timeout": self._timeouts},
        )
        with self._translated():
            async with aclosing(await self._http.handle_async_request(request)) as response:
                if response.has_redirect_location:
                    return _redirected(url, response)
                _check_answer(response)
                return await self._read(response)

    async def _read(self, response: httpx.Response) -> bytes:
        most = self._limits.max_bytes
        body = bytearray()
        told = int(response.headers.get("content-length", 0))
        if told <= most:
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > most:
                    break
        if max(told, len(body)) > most:
            raise _Failed(f"more than {most / 10**6:g} MB")
        return bytes(body)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise _Passing("it cannot be reached") from None
        except httpx.TimeoutException:
            raise _Failed(f"it sent nothing for {self._limits.read_seconds:g} s") from None
        except (httpx.NetworkError, OSError):  # httpcore lets TLS's errors through, which are OS's
            raise _Passing("the connection broke") from None
        except httpx.HTTPError:
            raise _Failed("its answer is broken") from None


def _parsed(url: str) -> httpx.URL:
    """Raises `ImageNotFetched` for what has no host that could be named."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        parsed = httpx.URL()
    if parsed.scheme in ("http", "https") and 0 < len(parsed.raw_host) <= _MOST_HOST:
        return parsed
    raise ImageNotFetched("An image's URL has to begin with http:// or https:// and a host.")


def _redirected(url: httpx.URL, response: httpx.Response) -> httpx.URL:
    try:
        return url.join(response.headers["location"])
    except (httpx.InvalidURL, ValueError):
        raise _Failed("it redirects to where nothing can be fetched") from None


def _lookup(host: str) -> list[Any]:
    """As the system resolves it; in a thread."""
    return list(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))


def _host(url: httpx.URL) -> str:
    """As it is resolved. Not `url.host`, which decodes IDNA and fails where it is malformed."""
    return url.raw_host.decode("ascii")


def _check_url(url: httpx.URL) -> None:
    if url.scheme not in ("http", "https") or not url.raw_host:
        raise _Refused("it is neither http nor https")
    if url.userinfo:
        raise _Refused("its URL holds a user name or a password")
    if url.port is not None and not 0 < url.port < 2**16:
        raise _Refused("its port is none")
    if "%" in _host(url):  # an escape, or the zone of an IPv6 address
        raise _Refused("no such host")


def _check_answer(response: httpx.Response) -> None:
    """By its head; raises `_Failed`."""
    if response.is_server_error:
        raise _Passing(f"status {response.status_code}")
    if not response.is_success:
        raise _Failed(f"status {response.status_code}")
    if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise _Failed("it is compressed, which was not asked for")
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type.startswith("image/") or media_type in _UNTOLD:
        return
    told = f"{media_type}, " if _MEDIA_TYPE.fullmatch(media_type) else ""
    raise _Failed(f"it is {told}not an image")


def _alternating(addresses: Sequence[IPAddress]) -> list[IPAddress]:
    """Without doubles, and with the families in turn (RFC 8305, 4): where one of them is broken,
    the second try gets through."""
    first = addresses[0].version
    same = dict.fromkeys(address for address in addresses if address.version == first)
    other = dict.fromkeys(address for address in addresses if address.version != first)
    return [address for pair in zip_longest(same, other) for address in pair if address is not None]
