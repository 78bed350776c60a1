from __future__ import annotations

import socket
import ssl
import subprocess
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from mlx_jupyter.errors import RequestFailed, ServerNotFound
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.endpoint import Endpoint
from mlx_jupyter.kernel.transport import failure, raise_for_status
from mlx_jupyter.wire.errors import ErrorBody
from mlx_jupyter.wire.pool import PlanReport

PLAN = PlanReport(
    model="b",
    fits=False,
    resident=False,
    evict=[],
    wait_for=[],
    needed_bytes=3,
    available_bytes=1,
    available_after_eviction_bytes=2,
    pinned=["a"],
    estimated_load_time_seconds=None,
    reason="b does not fit.",
)


def endpoint(canned: Any, **changes: Any) -> Endpoint:
    facts = {"base_url": canned.url, "api_key": canned.key, "how": "parent"}
    return Endpoint(**facts | changes)


def test_a_proxy_for_the_internet_is_not_used(canned: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert Pool(endpoint(canned)).health().healthy


def test_a_server_with_its_own_certificate_is_reached(start_canned: Any, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=elsewhere"]
    files = ["-keyout", key, "-out", certificate]
    subprocess.run([*made, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = start_canned(listen=lambda tcp: context.wrap_socket(tcp, server_side=True))
    url = server.url.replace("http:", "https:")
    assert Pool(endpoint(server, base_url=url, cafile=str(certificate))).health().healthy


def test_a_server_on_a_unix_socket_is_reached(start_canned: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "s")

    def listen(tcp: socket.socket) -> socket.socket:
        tcp.close()
        unix = socket.socket(socket.AF_UNIX)
        unix.bind(path)
        unix.listen()
        return unix

    server = start_canned(listen=listen)
    url = "http://localhost/base/mlx/v1"
    assert Pool(endpoint(server, base_url=url, uds=path)).health().healthy


def test_an_address_where_nothing_listens_is_a_server_that_went_away(canned: Any) -> None:
    canned.close()
    with pytest.raises(ServerNotFound, match="Nothing answers at") as raised:
        Pool(endpoint(canned)).health()
    assert raised.value.__suppress_context__, "no traceback of httpx's is shown with it"


def test_a_refusal_carries_the_servers_words(canned: Any) -> None:
    with pytest.raises(RequestFailed) as raised:
        Pool(endpoint(canned, api_key="wrong")).models()
    facts = (raised.value.message, raised.value.http_status, raised.value.error_code)
    assert facts == ("Wrong key.", 401, "invalid_api_key")


def test_a_page_that_is_no_api_answer_is_reported_with_its_address() -> None:
    page = httpx.Response(404, text="<html>", request=httpx.Request("GET", "http://h/mlx/v1"))
    with pytest.raises(RequestFailed, match="http://h/mlx/v1 answered 404"):
        raise_for_status(page)


def test_a_refusal_for_want_of_memory_carries_its_plan() -> None:
    body = ErrorBody("Too much.", "server_error", plan=msgspec.to_builtins(PLAN))
    assert failure(body, 503).plan == PLAN


def test_a_plan_of_another_version_is_left_out() -> None:
    assert failure(ErrorBody("Too much.", "server_error", plan={"x": 1}), 503).plan is None


def test_an_error_inside_a_stream_has_the_status_of_its_code() -> None:
    body = ErrorBody("The worker ended.", "server_error", code="worker_died")
    assert failure(body).http_status == 502
