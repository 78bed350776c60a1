"""Server-sent events as OpenAI streams them: `data:` lines, comments as heartbeats, `[DONE]`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

__all__ = ["DONE", "Progress", "data", "progress", "read"]

DONE = b"data: [DONE]\n\n"
_encoder = msgspec.json.Encoder()


class Progress(msgspec.Struct, omit_defaults=True):
    """What a request waits for; sent as a comment, so that clients that do not know it skip it.

    `stage` is `queued` (`wait_for` are the models in use that it waits for), `download` or
    `loading` (with bytes), `prefill` (with tokens), `thinking` or `decoding`. `evicted` are the
    models that left to make room for this request, and `revision` names the model's files, where
    the headers had gone out before that was known.
    """

    stage: str
    model: str | None = None
    elapsed_seconds: float | None = None
    done_tokens: int | None = None
    total_tokens: int | None = None
    done_bytes: int | None = None
    total_bytes: int | None = None
    eta_seconds: float | None = None
    wait_for: list[str] = []
    evicted: list[str] = []
    revision: str | None = None


def data(payload: object) -> bytes:
    """One event. JSON holds no raw line break, so one `data:` line is always enough."""
    return b"data: " + _encoder.encode(payload) + b"\n\n"


def progress(report: Progress) -> bytes:
    """A heartbeat: a comment line that keeps proxies from closing a silent stream."""
    return b": progress " + _encoder.encode(report) + b"\n\n"


def read(lines: Iterable[str]) -> Iterator[str | Progress]:
    """The payloads and progress reports in the lines of a stream, up to `[DONE]`.

    Other comments and unknown fields are skipped, as the specification asks (WHATWG HTML, 9.2.6).
    """
    for line in lines:
        if line.startswith(": progress "):
            yield msgspec.json.decode(line.removeprefix(": progress "), type=Progress)
        elif line.startswith("data:"):
            payload = line.removeprefix("data:").strip()
            if payload == "[DONE]":
                return
            yield payload
