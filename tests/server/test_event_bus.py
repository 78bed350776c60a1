"""The pool on Jupyter's own event bus, as JupyterLab listens to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, get_args, get_type_hints

import httpx
import pytest
from jupyter_events import EventLogger
from jupyter_events.schema import EventSchema
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from mlx_jupyter.pool.effects import Cause
from mlx_jupyter.pool.events import Event, Events
from mlx_jupyter.pool.slot import State
from mlx_jupyter.server.event_bus import SCHEMA, SCHEMA_FILE, EventBus
from mlx_jupyter.server.follower import Follower
from mlx_jupyter.wire.pool import PoolEvent
from tests.jupyter_process import JupyterProcess


@pytest.fixture(autouse=True)
def _empty(tight: httpx.Client) -> None:
    for slot in tight.get("/admin/models/status").json()["slots"]:
        tight.post(f"/admin/models/unload/{slot['model']}", params={"force": "true"})


@asynccontextmanager
async def listening(server: JupyterProcess) -> AsyncIterator[WebSocketClientConnection]:
    address = f"{server.origin}api/events/subscribe".replace("http", "ws", 1)
    socket = await websocket_connect(f"{address}?token={server.token}")
    try:
        yield socket
    finally:
        socket.close()


async def heard(socket: WebSocketClientConnection, last: dict[str, Any]) -> list[dict[str, Any]]:
    """The events of ours up to the one that has what `last` has."""
    found: list[dict[str, Any]] = []
    while not found or any(found[-1].get(key) != value for key, value in last.items()):
        event = json.loads(await socket.read_message())
        if event["schema_id"] == SCHEMA:
            found.append(event)
    return found


async def test_what_happens_to_a_model_is_heard_in_order(
    tight_server: JupyterProcess, tight: httpx.Client
) -> None:
    def act() -> None:
        tight.post("/admin/models/load/llama?pin=false")
        tight.post("/admin/models/pin/llama")
        tight.post("/admin/models/unpin/llama")
        tight.post("/admin/models/load/qwen3?pin=false")

    async with listening(tight_server) as socket:
        await asyncio.to_thread(act)
        events = await heard(socket, {"model": "qwen3", "state": "ready"})
    told = [
        (event["model"], event["type"], event.get("state") or event.get("pinned_by"))
        for event in events
    ]
    assert told == [
        ("llama", "state", "loading"),
        ("llama", "state", "ready"),
        ("llama", "pin", ["user"]),
        ("llama", "pin", []),
        ("llama", "eviction", None),
        ("llama", "state", "unloading"),
        ("llama", "state", "absent"),
        ("qwen3", "state", "loading"),
        ("qwen3", "state", "ready"),
    ]
    left = events[4]
    assert (left["cause"], left["made_room_for"]) == ("room", "qwen3")
    assert [event["id"] for event in events] == sorted(event["id"] for event in events)


def last_activity(server: JupyterProcess) -> str:
    headers = {"Authorization": f"token {server.token}"}
    answer = httpx.get(f"{server.origin}api/status", headers=headers, trust_env=False)
    return str(answer.json()["last_activity"])


async def test_who_listens_keeps_no_server_alive(
    tight_server: JupyterProcess, tight: httpx.Client
) -> None:
    def load() -> str:
        tight.post("/admin/models/load/llama", json={"pin": False, "keep_alive": 0.3})
        return last_activity(tight_server)

    async with listening(tight_server) as socket:
        before = await asyncio.to_thread(load)
        await heard(socket, {"cause": "idle"})
        assert await asyncio.to_thread(last_activity, tight_server) == before


async def test_a_stranger_hears_nothing(tight_server: JupyterProcess) -> None:
    address = f"{tight_server.origin}api/events/subscribe".replace("http", "ws", 1)
    with pytest.raises(HTTPClientError) as refused:
        await websocket_connect(HTTPRequest(address))
    assert refused.value.code == 403


@contextmanager
def recorded(logger: EventLogger) -> Iterator[list[dict[str, Any]]]:
    found: list[dict[str, Any]] = []

    async def keep(logger: EventLogger, schema_id: str, data: dict[str, Any]) -> None:
        found.append(data)

    logger.add_listener(schema_id=SCHEMA, listener=keep)
    yield found


async def settled(logger: EventLogger) -> None:
    for _ in range(3):
        await asyncio.sleep(0)
    await logger.gather_listeners()


async def test_figures_and_progress_are_not_told() -> None:
    logger, events = EventLogger(), Events()
    follower = Follower(events, [EventBus(logger).emit])
    follower.start()
    with recorded(logger) as found:
        await settled(logger)
        events.publish("memory", used_bytes=1)
        events.publish("progress", "a")
        events.publish("pressure", state="low", reason="1 GB is left", host_available_bytes=10**9)
        await settled(logger)
    follower.stop()
    assert [event["type"] for event in found] == ["pressure"]


async def test_a_modifier_that_fails_costs_one_event() -> None:
    logger, events = EventLogger(), Events()
    follower = Follower(events, [EventBus(logger).emit])
    logger.add_modifier(schema_id=SCHEMA, modifier=never_b)
    follower.start()
    with recorded(logger) as found:
        await settled(logger)
        for model in ("a", "b", "c"):
            events.publish("pin", model, pinned_by=[])
        await settled(logger)
    follower.stop()
    assert [event["model"] for event in found] == ["a", "c"]


def never_b(schema_id: str, data: dict[str, Any]) -> dict[str, Any]:
    if data["model"] == "b":
        raise RuntimeError("not this one")
    return data


def test_two_extensions_may_share_one_bus() -> None:
    logger = EventLogger()
    EventBus(logger).emit(Event(id=1, time=0.0, type="pin", model="a", pinned_by=[]))
    EventBus(logger)
    assert SCHEMA in logger.schemas


def test_the_schema_has_the_fields_of_the_http_api() -> None:
    schema = EventSchema(SCHEMA_FILE)
    of_figures = {"progress", "used_bytes", "limit_bytes"}
    assert schema.properties.keys() == get_type_hints(PoolEvent).keys() - of_figures
    assert schema.properties["cause"]["enum"] == list(get_args(Cause))
    assert schema.properties["before"]["enum"] == [state.value for state in State]
