from __future__ import annotations

import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from mlx_jupyter.kernel.doctor.probe import of_answer, probe
from mlx_jupyter.kernel.endpoint import Endpoint

URL = "http://h:1/mlx/v1"


def at(server: Any, **changes: Any) -> Endpoint:
    facts = {"base_url": server.url, "api_key": server.key, "how": "explicit"}
    return Endpoint(**facts | changes)


def answer(status: int, text: str = "<html>", **headers: str) -> Any:
    return of_answer(URL, httpx.Response(status, text=text, headers=headers), 0.01)


def test_a_pool_that_answers_is_ok_and_tells_its_health(canned: Any) -> None:
    found = probe(at(canned))
    assert found.kind == "ok"
    assert found.health.instance_id == canned.instance_id


def test_a_wrong_key_is_told_from_a_wrong_address(canned: Any) -> None:
    found = probe(at(canned, api_key="secret"))
    assert (found.kind, found.health) == ("key", None)
    assert "secret" not in found.said + found.todo


@pytest.mark.parametrize(
    ("status", "headers", "kind", "words"),
    [
        (403, {}, "key", "refuses the key"),
        (302, {"Location": "/login?next=%2Fmlx"}, "key", "asks for a login"),
        (302, {"Location": "/hub/api/oauth2/authorize?state=x"}, "key", "asks for a login"),
        (301, {"Location": "https://h/mlx/health?token=t"}, "other", "to https://h/mlx/health."),
        (404, {}, "absent", "there is no mlx_jupyter there"),
        (200, {}, "absent", "not as mlx_jupyter does"),
        (503, {}, "other", "503 Service Unavailable"),
    ],
)
def test_a_server_that_is_no_pool_is_said_in_words(
    status: int, headers: dict[str, str], kind: str, words: str
) -> None:
    found = answer(status, **headers)
    assert found.kind == kind
    assert words in found.said
    assert found.todo


def test_where_nothing_listens_is_said(canned: Any) -> None:
    canned.close()
    assert probe(at(canned)).kind == "refused"


def test_a_name_that_does_not_exist_is_said(canned: Any) -> None:
    found = probe(at(canned, base_url="http://no-such-machine.invalid/mlx/v1"))
    assert found.said == "There is no machine 'no-such-machine.invalid'."


def test_a_server_that_is_silent_is_given_up(canned: Any) -> None:
    """It waits for the request's line, which TLS never sends."""
    url = canned.url.replace("http:", "https:")
    found = probe(at(canned, base_url=url), seconds=0.2)
    assert found.kind in ("timeout", "tls")
    assert "http://" in found.todo


@pytest.fixture
def private(start_canned: Callable[..., Any], tmp_path: Path) -> tuple[str, Any]:
    """A server with a certificate of its own: the address, and the file."""
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=elsewhere"]
    files = ["-keyout", key, "-out", certificate]
    subprocess.run([*made, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = start_canned(listen=lambda tcp: context.wrap_socket(tcp, server_side=True))
    return str(certificate), server


def test_a_private_certificate_is_asked_for_and_then_trusted(private: Any) -> None:
    certificate, server = private
    url = server.url.replace("http:", "https:")
    refused = probe(at(server, base_url=url))
    assert refused.kind == "tls"
    assert "--ca FILE" in refused.todo
    assert probe(at(server, base_url=url, cafile=certificate)).kind == "ok"


def test_a_certificate_file_that_is_not_there_is_said(canned: Any) -> None:
    found = probe(at(canned, cafile="/no/such/file.pem"))
    assert found.kind == "address"
    assert "--ca" in found.todo


def test_what_is_no_address_is_said(canned: Any) -> None:
    refused = probe(at(canned, base_url="ftp://h/mlx/v1"))
    assert refused.kind == "address"
    assert ".." not in refused.said
