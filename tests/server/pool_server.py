"""A server with room for one model at a time, and what tests say to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

__all__ = ["LONG", "SHORT", "TIGHT", "busy", "error", "events", "generating", "kick"]

TIGHT = [
    "--MLXJupyter.memory_limit=500MB",
    "--MLXJupyter.max_models=1",
    "--MLXJupyter.keep_alive=-1",
    "--MLXJupyter.max_queue=1",
    "--MLXJupyter.queue_timeout=30",
]
SHORT: dict[str, Any] = {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 2}
LONG: dict[str, Any] = SHORT | {"max_tokens": 1900, "stream": True}


def error(answer: httpx.Response) -> dict[str, Any]:
    return dict(answer.json()["error"])


def busy(http: httpx.Client) -> int:
    return int(http.get("/health").json()["requests"])


def events(text: str) -> list[Any]:
    """The payloads of a stream that has ended, without `[DONE]`."""
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


@contextmanager
def generating(http: httpx.Client, model: str, name: str = "long") -> Iterator[Iterator[str]]:
    """A long answer of `model` that has begun, as the lines of its stream."""
    headers = {"X-Request-Id": name}
    with http.stream(
        "POST", "/v1/chat/completions", json=LONG | {"model": model}, headers=headers
    ) as stream:
        lines = stream.iter_lines()
        while '"role":"assistant"' not in next(lines):
            pass
        yield lines


def kick(client: httpx.Client) -> None:
    """Close the connection under a request that may still wait for its first byte."""
    pool = client._transport._pool  # type: ignore[attr-defined]
    for connection in pool.connections:
        connection._connection._network_stream.get_extra_info("socket").shutdown(2)
