"""What JupyterLab's pages ask again and again."""

from __future__ import annotations

import httpx

from tests.jupyter_process import JupyterProcess

LOOKS = (
    "/v1/models/status",
    "/admin/models/plan?model=demo/chat",
    "/admin/events?limit=30&types=state,eviction,pin,pressure",
    "/health?ping=false",
)


def last_activity(server: JupyterProcess) -> str:
    headers = {"Authorization": f"token {server.token}"}
    return str(httpx.get(f"{server.origin}api/status", headers=headers).json()["last_activity"])


def test_looking_is_no_activity_of_the_server(server: JupyterProcess, http: httpx.Client) -> None:
    before = last_activity(server)
    for look in LOOKS:
        assert http.get(look).status_code == 200
    assert last_activity(server) == before
