"""`%mlx connect`: which pool this notebook uses from now on."""

from __future__ import annotations

import getpass
import os
import sys
from argparse import Namespace
from collections.abc import Callable

from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.errors import InvalidRequest, MLXJupyterError, ServerNotFound
from mlx_jupyter.kernel.discovery import find
from mlx_jupyter.kernel.doctor.probe import Probe, probe
from mlx_jupyter.kernel.endpoint import Endpoint, same_address
from mlx_jupyter.kernel.live import is_kernel
from mlx_jupyter.kernel.magics.connection import Connection
from mlx_jupyter.kernel.magics.session import Session
from mlx_jupyter.kernel.reports.connection import ConnectionReport
from mlx_jupyter.kernel.search import Search
from mlx_jupyter.wire.record import ServerRecord

__all__ = ["connect"]

_KEY_ON_THE_LINE = (
    "The key stands in this notebook and in IPython's history now: take it out of the cell. Without"
    " it, %mlx connect asks for the key and keeps it out of both."
)


def connect(shell: InteractiveShell, session: Session, options: Namespace) -> ConnectionReport:
    """Switches only to a pool that answers. Raises `ServerNotFound` and `InvalidRequest`, and then
    the connection is as it was."""
    connection = session.connection
    if options.reset:
        connection.choose(None)
    elif options.address:
        return _switch(shell, connection, options)
    return _report(connection)


def _switch(
    shell: InteractiveShell, connection: Connection, options: Namespace
) -> ConnectionReport:
    url = options.address
    if url.isdecimal():
        url = _numbered(connection, int(url)).base_url
    search_key = options.key or _key_of_environment(url)
    endpoint, found = _reached(shell, find(url, search_key, options.ca))
    connection.choose(_again(url, endpoint))
    is_secret_written = bool(options.key) or "token=" in options.address
    warnings = [_KEY_ON_THE_LINE] if is_secret_written else []
    return ConnectionReport(endpoint, found, is_chosen=True, warnings=warnings)


def _again(url: str, endpoint: Endpoint) -> Callable[[], Endpoint]:
    """How the choice is found again: a server of this machine by its record, since it has another
    key after a restart; any other just as it was."""
    recorded = any(
        record.api_key == endpoint.api_key and same_address(record.base_url, endpoint.base_url)
        for record in Search().live
    )
    return (lambda: find(url)) if recorded else (lambda: endpoint)


def _reached(shell: InteractiveShell, endpoint: Endpoint) -> tuple[Endpoint, Probe]:
    """The endpoint with a key that is accepted, which is asked for if there is none."""
    found = probe(endpoint)
    if found.kind == "key" and not endpoint.api_key:
        key = _asked_key(shell, endpoint.base_url)
        endpoint = find(endpoint.base_url, key, endpoint.cafile)
        found = probe(endpoint)
    if found.health is None:
        raise ServerNotFound(f"{found.said} {found.todo} The connection is as it was.")
    return endpoint, found


def _key_of_environment(url: str) -> str | None:
    """MLX_JUPYTER_API_KEY, unless MLX_JUPYTER_URL says that it belongs to another server."""
    key, owner = os.environ.get("MLX_JUPYTER_API_KEY"), os.environ.get("MLX_JUPYTER_URL")
    is_for_it = owner is None or same_address(find(owner, "-").base_url, find(url, "-").base_url)
    return key if is_for_it else None


def _asked_key(shell: InteractiveShell, url: str) -> str:
    """Asked for as a password: the front end shows no letter of it, and no history keeps it."""
    message = (
        f"{url} wants a key, and none can be asked for here: set MLX_JUPYTER_API_KEY before the"
        " kernel starts, or in this kernel by os.environ."
    )
    if not is_kernel(shell) and not sys.stdin.isatty():
        raise InvalidRequest(message)
    try:
        # Looked up now: ipykernel puts its own in the module's place.
        key = getpass.getpass(f"Key (Jupyter's token) of {url}: ")
    except (StdinNotImplementedError, EOFError):
        raise InvalidRequest(message) from None
    if not key.strip():
        raise InvalidRequest("No key was given; the connection is as it was.")
    return key


def _numbered(connection: Connection, number: int) -> ServerRecord:
    """By the numbers that the user saw last, which a server that ends does not shift."""
    records = connection.listed or _all_servers()
    if not 1 <= number <= len(records):
        count = len(records)
        raise InvalidRequest(f"There is no server {number}; %mlx connect lists the {count} there.")
    return records[number - 1]


def _all_servers() -> list[ServerRecord]:
    return sorted(Search().answering, key=lambda record: (record.base_url, record.pid))


def _report(connection: Connection) -> ConnectionReport:
    connection.listed = _all_servers()
    try:
        endpoint = connection.endpoint
    except MLXJupyterError as error:
        return ConnectionReport(None, None, problem=error.message, records=connection.listed)
    return ConnectionReport(
        endpoint,
        probe(endpoint),
        is_chosen=connection.is_chosen,
        records=connection.listed,
    )
