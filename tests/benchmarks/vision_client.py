"""The HTTP client of the vision benchmark. Bodies are made before any clock starts."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter as clock
from typing import Any

import httpx
import msgspec

from mlx_jupyter.wire.record import ServerRecord
from tests.benchmarks.vision_look import Seen
from tests.benchmarks.vision_pictures import data_url

__all__ = ["VisionClient", "body_of"]

CHAT = "/chat/completions"
SECONDS = 600


def body_of(model: str, question: str, files: Sequence[bytes], max_tokens: int) -> bytes:
    """A streaming request about the files, pictures first."""
    parts: list[dict[str, Any]] = [
        {"type": "image_url", "image_url": {"url": data_url(file)}} for file in files
    ]
    parts.append({"type": "text", "text": question})
    request = {
        "model": model,
        "messages": [{"role": "user", "content": parts}],
        "max_tokens": max_tokens,
        "temperature": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    return msgspec.json.encode(request)


class VisionClient:
    def __init__(self, record: ServerRecord) -> None:
        headers = {
            "Authorization": f"Bearer {record.api_key}",
            "Content-Type": "application/json",
        }
        limits = httpx.Limits(max_keepalive_connections=1)
        self._http = httpx.Client(
            base_url=record.base_url,
            headers=headers,
            timeout=SECONDS,
            limits=limits,
            trust_env=False,
        )

    def ask(self, body: bytes) -> Seen:
        """Raises what httpx has to say of a status that is not 200."""
        texts, first, usage = list[str](), 0.0, dict[str, Any]()
        start = clock()
        with self._http.stream("POST", CHAT, content=body) as response:
            response.raise_for_status()
            for line in response.iter_lines():
                event = _event(line)
                text = _text(event)
                if text:
                    first = first or clock() - start
                    texts.append(text)
                usage = event.get("usage") or usage
        details = usage.get("prompt_tokens_details") or {}
        return Seen(first, 0.0, usage.get("prompt_tokens", 0), "".join(texts), details)

    def status(self, body: bytes) -> int:
        """The whole answer is read."""
        return self._http.post(CHAT, content=body).status_code

    def statuses(self, body: bytes, times: int) -> list[int]:
        """Of as many requests at once."""
        with ThreadPoolExecutor(times) as threads:
            return list(threads.map(self.status, [body] * times))


def _event(line: str) -> dict[str, Any]:
    """Empty for what is none: blank lines, heartbeats, the end."""
    if not line.startswith("data: {"):
        return {}
    event: dict[str, Any] = msgspec.json.decode(line.removeprefix("data: "))
    if "error" in event:
        raise RuntimeError(f"the server says {event['error']}")
    return event


def _text(event: dict[str, Any]) -> str:
    choices = event.get("choices") or [{}]
    return choices[0].get("delta", {}).get("content") or ""
