"""Every route and method, with every kind of credentials."""

from __future__ import annotations

import stat
from pathlib import Path

import httpx
import openai
import pytest

from tests.jupyter_process import JupyterProcess, jupyter

ROUTES = [
    "/v1/models",
    "/v1/models/demo/chat",
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/models/status",
    "/v1/models/switch",
    "/admin/models/status",
    "/admin/models/plan",
    "/admin/models/load/demo/chat",
    "/admin/models/unload/demo/chat",
    "/admin/models/pin/demo/chat",
    "/admin/models/unpin/demo/chat",
    "/admin/requests/some-id/cancel",
    "/admin/events",
    "/health",
    "",
    "/",
    "/no/such/route",
]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def error(answer: httpx.Response) -> dict[str, object]:
    assert answer.headers["content-type"].startswith("application/json")
    return dict(answer.json()["error"])


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}], ids=["none", "wrong"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("route", ROUTES)
def test_without_the_right_key_everything_is_a_401(
    server: JupyterProcess, route: str, method: str, headers: dict[str, str]
) -> None:
    answer = httpx.request(method, server.base + route, headers=headers, trust_env=False)
    assert answer.status_code == 401
    if method != "HEAD":
        assert error(answer)["code"] == "invalid_api_key"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "token"])
def test_the_servers_token_and_the_pools_key_are_both_taken(
    server: JupyterProcess, scheme: str
) -> None:
    for key in (server.token, server.key):
        headers = {"Authorization": f"{scheme} {key}"}
        answer = httpx.get(f"{server.base}/health", headers=headers, trust_env=False)
        assert answer.status_code == 200


def test_the_pools_key_opens_nothing_else(server: JupyterProcess) -> None:
    headers = {"Authorization": f"Bearer {server.key}"}
    answer = httpx.get(f"{server.origin}api/contents", headers=headers, trust_env=False)
    assert answer.status_code == 403


def test_the_pools_key_leaves_no_cookie(server: JupyterProcess) -> None:
    headers = {"Authorization": f"Bearer {server.key}"}
    answer = httpx.get(f"{server.base}/health", headers=headers, trust_env=False)
    assert "set-cookie" not in answer.headers


def test_a_wrong_key_is_the_clients_authentication_error(server: JupyterProcess) -> None:
    with (
        openai.OpenAI(base_url=server.url, api_key="wrong", max_retries=0) as client,
        pytest.raises(openai.AuthenticationError),
    ):
        client.chat.completions.create(model="demo/chat", messages=[])


def test_a_cookie_needs_the_xsrf_header_to_post(server: JupyterProcess) -> None:
    with httpx.Client(trust_env=False) as browser:
        browser.get(f"{server.origin}tree", params={"token": server.token})
        browser.get(f"{server.origin}login")
        body = {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1}
        url = f"{server.url}/chat/completions"
        refused = browser.post(url, json=body)
        assert refused.status_code == 403
        assert "_xsrf" in str(error(refused)["message"])
        headers = {"X-XSRFToken": browser.cookies["_xsrf"]}
        assert browser.post(url, json=body, headers=headers).status_code == 200


@pytest.mark.parametrize("key", ["token", "pool"])
def test_a_foreign_host_is_refused(server: JupyterProcess, key: str) -> None:
    value = server.token if key == "token" else server.key
    headers = {"Authorization": f"Bearer {value}", "Host": "evil.example"}
    answer = httpx.get(f"{server.base}/health", headers=headers, trust_env=False)
    assert answer.status_code == 403
    assert error(answer)


def test_an_unknown_route_is_json_for_every_method(server: JupyterProcess) -> None:
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        with server.http() as http:
            answer = http.request(method, "/no/such/route")
        assert answer.status_code == 404
        assert error(answer)["code"] == "unknown_url"


def test_a_wrong_method_is_json_too(server: JupyterProcess) -> None:
    with server.http() as http:
        answer = http.get("/v1/chat/completions")
    assert answer.status_code == 405
    assert error(answer)


def test_the_record_is_for_its_owner_alone(server: JupyterProcess) -> None:
    file = server.runtime_dir / f"mlx-jupyter-{server.pid}.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_no_key_is_in_the_log_or_in_a_workers_environment(server: JupyterProcess) -> None:
    with server.http() as http:
        http.get("/health")
        http.get("/v1/models", headers={"Authorization": f"Bearer {server.token}x"})
    assert server.key not in server.log
    for worker in server.workers():
        values = worker.environ().values()
        assert not any(server.key in value or server.token in value for value in values)


BODY = {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1}
PASSWORD = "argon2:$argon2id$v=19$m=10240,t=10,p=8$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA"


def test_a_server_with_a_password_has_no_token_but_the_pools_key_works(tmp_path: Path) -> None:
    arguments = [f"--PasswordIdentityProvider.hashed_password={PASSWORD}"]
    with jupyter(tmp_path, arguments, token="") as server, server.http() as http:
        assert http.get("/health").status_code == 200
        assert http.post("/v1/chat/completions", json=BODY).status_code == 200
        for headers in ({"Authorization": "Bearer wrong"}, {"Authorization": ""}):
            wrong = http.post("/v1/chat/completions", json=BODY, headers=headers)
            assert wrong.status_code == 401
            assert error(wrong)["code"] == "invalid_api_key"


@pytest.mark.parametrize("strict", [True, False])
def test_a_server_without_a_token_takes_any_key_but_no_forged_post(
    tmp_path: Path, strict: bool
) -> None:
    arguments = [f"--ServerApp.allow_unauthenticated_access={not strict}"]
    with jupyter(tmp_path, arguments, token="") as server:
        url = f"{server.url}/chat/completions"
        for key in (server.key, "anything"):
            headers = {"Authorization": f"Bearer {key}"}
            assert httpx.post(url, json=BODY, headers=headers, trust_env=False).status_code == 200
        forged = httpx.post(url, json=BODY, trust_env=False)
        assert forged.status_code == 403
        assert "_xsrf" in str(error(forged)["message"])
