"""Where the pool is: an address, a key, and how both were found."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit, urlunsplit

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.wire.record import ServerRecord

__all__ = ["LOOPBACK", "Endpoint", "of_record", "of_url", "same_address"]

LOOPBACK = ("localhost", "127.0.0.1", "::1")
_KEY = re.compile(r"[\x20-\x7e]*")
_FRONT_ENDS = ("lab", "tree", "doc", "notebooks", "edit", "nbclassic")
"""Jupyter's own pages: the first path part after base_url in an address copied from a browser."""


@dataclass(frozen=True)
class Endpoint:
    """`base_url` ends in `/v1`, without a slash. `how` is `explicit`, `environment`, `parent`,
    `folder`, `hub` or `only`. `uds` is the path of a unix socket, `cafile` a certificate file."""

    base_url: str
    api_key: str = field(repr=False)
    how: str
    uds: str | None = None
    cafile: str | None = None

    @property
    def health_url(self) -> str:
        return self.base_url.removesuffix("/v1") + "/health"

    @property
    def admin_url(self) -> str:
        return self.base_url.removesuffix("/v1") + "/admin"

    def verify(self) -> ssl.SSLContext | bool:
        """What httpx takes as `verify`.

        The certificate of a server on this machine is pinned: that very file is trusted, under
        whatever name. One that the user named for another machine must also fit its name.
        """
        if not self.cafile:
            return True
        context = ssl.create_default_context(cafile=self.cafile)
        # A self-signed leaf is no authority; without this flag OpenSSL will not trust it as one.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        by_user = self.how in ("explicit", "environment")
        context.check_hostname = by_user and urlsplit(self.base_url).hostname not in LOOPBACK
        return context


def of_record(record: ServerRecord, how: str) -> Endpoint:
    url = record.base_url.rstrip("/")
    return Endpoint(url, record.api_key, how, record.uds, record.cafile)


def of_url(url: str, api_key: str | None, how: str, cafile: str | None = None) -> Endpoint:
    """The endpoint that a user means by `url`: `http://host:8888/mlx/v1` itself, or the address
    that Jupyter prints and browsers show (`http://host:8888/lab?token=...`).

    Raises `InvalidRequest` for a key that no header can carry (httpx would show it in its error),
    and for a name and password in the address.
    """
    parts = urlsplit(url if "://" in url else f"http://{url}")
    key = (api_key or parse_qs(parts.query).get("token", [""])[0]).strip()
    if not _KEY.fullmatch(key):
        raise InvalidRequest(
            "The key holds letters or line ends that no key can have: copy it again."
        )
    if "@" in parts.netloc:
        raise InvalidRequest("Leave the name and password out of the address: give a key instead.")
    address = urlunsplit((parts.scheme, parts.netloc, _api_path(parts.path), "", ""))
    return Endpoint(address, key, how, cafile=cafile)


def _api_path(path: str) -> str:
    names = [name for name in path.split("/") if name]
    if names[-1:] == ["v1"]:
        return "/" + "/".join(names)
    page = next((at for at, name in enumerate(names) if name in (*_FRONT_ENDS, "mlx")), len(names))
    return "/" + "/".join([*names[:page], "mlx", "v1"])


def same_address(one: str, other: str) -> bool:
    return _address(one) == _address(other)


def _address(url: str) -> tuple[str, str, int | None, str]:
    """What two spellings of one address have in common: Jupyter prints `localhost`."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    name = LOOPBACK[0] if host in LOOPBACK else host
    return parts.scheme, name, parts.port, parts.path.rstrip("/")
