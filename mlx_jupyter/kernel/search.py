"""The look for a server, way by way; `discovery` has their order, and why."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from mlx_jupyter.kernel.endpoint import Endpoint, of_record, of_url, same_address
from mlx_jupyter.kernel.parent import parent_record
from mlx_jupyter.kernel.records import answers, is_jupyter_server, live_records
from mlx_jupyter.wire.record import ServerRecord

__all__ = ["Attempt", "Search", "deepest_root"]

_EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - addresses a server binds, not ours to bind
_NOT_ENABLED = (
    "Install mlx-jupyter in the environment that Jupyter itself runs in, and restart it"
    " (`jupyter server extension list` there says whether it is enabled)."
)
_HUB = ("JUPYTERHUB_SERVICE_URL", "JUPYTERHUB_SERVICE_PREFIX", "JUPYTERHUB_API_TOKEN")


@dataclass(frozen=True)
class Attempt:
    """One way to find a server: `said` is what was looked at and what came of it, in words; `todo`
    is what would make it lead to one, where that is likely to be wanted."""

    how: str
    said: str
    endpoint: Endpoint | None = None
    todo: str = ""


class Search:
    """The ways in their order, each tried when it is asked for. What the caller leaves out is
    taken from the environment."""

    def __init__(
        self, url: str | None = None, api_key: str | None = None, cafile: str | None = None
    ) -> None:
        self._url, self._api_key = url, api_key
        self._cafile = cafile or os.environ.get("MLX_JUPYTER_CA")

    @cached_property
    def live(self) -> list[ServerRecord]:
        """The records of processes that exist."""
        return live_records()

    @cached_property
    def answering(self) -> list[ServerRecord]:
        """Those whose server answers as the one that wrote it. Asks each of them."""
        return [record for record in self.live if answers(record)]

    def attempts(self) -> Iterator[Attempt]:
        """Ends with the first that has an endpoint, or after the last."""
        ways = (
            *(self._explicit, self._environment, self._parent),
            *(self._folder, self._hub, self._only),
        )
        for way in ways:
            attempt = way()
            yield attempt
            if attempt.endpoint:
                return

    def _explicit(self) -> Attempt:
        if not self._url:
            return Attempt("explicit", "no address was given")
        endpoint = self._named(self._url, "explicit")
        return Attempt("explicit", f"{endpoint.base_url} was given", endpoint)

    def _environment(self) -> Attempt:
        url = os.environ.get("MLX_JUPYTER_URL")
        if not url:
            return Attempt("environment", "MLX_JUPYTER_URL is not set")
        self._api_key = self._api_key or os.environ.get("MLX_JUPYTER_API_KEY")
        endpoint = self._named(url, "environment")
        return Attempt("environment", f"MLX_JUPYTER_URL is {endpoint.base_url}", endpoint)

    def _parent(self) -> Attempt:
        parent = os.environ.get("JPY_PARENT_PID", "")
        if not parent.isdigit():
            return Attempt("parent", "no Jupyter server started this process (no JPY_PARENT_PID)")
        if record := parent_record():
            said = f"process {parent} started this one, and serves {record.base_url}"
            return Attempt("parent", said, of_record(record, "parent"))
        if is_jupyter_server(int(parent)):
            said = f"Jupyter Server {parent} started this kernel, without mlx_jupyter"
            return Attempt("parent", said, todo=_NOT_ENABLED)
        said = f"process {parent} started this one, and is no server with mlx_jupyter"
        return Attempt("parent", said)

    def _folder(self) -> Attempt:
        here = Path.cwd()
        record = deepest_root(self.answering, here)
        if record is None:
            return Attempt("folder", f"no one server's root folder is the nearest above {here}")
        said = f"{record.base_url} has the root folder {record.root_dir}, which holds {here}"
        return Attempt("folder", said, of_record(record, "folder"))

    def _hub(self) -> Attempt:
        service, prefix, token = (os.environ.get(name) for name in _HUB)
        if not (service and prefix and token):
            return Attempt("hub", "the environment is not that of a JupyterHub server")
        endpoint = _hub_endpoint(service, prefix, token)
        return Attempt("hub", f"JupyterHub names {endpoint.base_url}", endpoint)

    def _only(self) -> Attempt:
        if len(self.answering) != 1:
            said = "no server answers" if not self.answering else "several servers answer"
            return Attempt("only", said)
        record = self.answering[0]
        said = f"{record.base_url} is the only server that answers"
        return Attempt("only", said, of_record(record, "only"))

    def _named(self, url: str, how: str) -> Endpoint:
        endpoint = of_url(url, self._api_key, how, self._cafile)
        if endpoint.api_key:
            return endpoint
        same = [record for record in self.live if same_address(record.base_url, endpoint.base_url)]
        return of_record(same[0], how) if same else endpoint


def deepest_root(records: list[ServerRecord], folder: Path) -> ServerRecord | None:
    """The record whose root folder is the nearest above `folder`; None if two are equally near."""
    here = folder.resolve()
    roots = [(Path(record.root_dir).resolve(), record) for record in records]
    holding = [(len(root.parts), record) for root, record in roots if here.is_relative_to(root)]
    deepest = max((depth for depth, _ in holding), default=0)
    nearest = [record for depth, record in holding if depth == deepest]
    return nearest[0] if len(nearest) == 1 else None


def _hub_endpoint(service: str, prefix: str, token: str) -> Endpoint:
    parts = urlsplit(service)
    host = parts.hostname or ""
    host = "127.0.0.1" if host in _EVERYWHERE else f"[{host}]" if ":" in host else host
    port = f":{parts.port}" if parts.port else ""
    url = f"{parts.scheme}://{host}{port}{prefix.rstrip('/')}/mlx/v1"
    return Endpoint(url, token, "hub")
