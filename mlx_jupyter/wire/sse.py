"""Server-sent events as OpenAI streams them: `data:` lines, comments as heartbeats, `[DONE]`."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

__all__ = ["DONE", "Feed", "Progress", "data", "progress"]

DONE = b"data: [DONE]\n\n"
_END = "[DONE]"
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


class Feed:
    """Reads a stream that comes in parts, cut anywhere. `ended` after `[DONE]`.

    A line ends with LF or CRLF only: httpx's `iter_lines` also ends one at U+2028 and its like,
    which JSON may hold unescaped.
    """

    def __init__(self) -> None:
        self.ended = False
        self._rest = b""

    def events(self, part: bytes) -> Iterator[str | Progress]:
        """The payloads and progress reports that `part` completes; nothing after the end."""
        *whole, self._rest = (self._rest + part).split(b"\n")
        for line in whole:
            event = _event(line.rstrip(b"\r").decode())
            self.ended = self.ended or event == _END
            if self.ended:
                return
            if event is not None:
                yield event


def _event(line: str) -> str | Progress | None:
    """None for other comments and unknown fields, which are skipped, as the specification asks
    (WHATWG HTML, 9.2.6)."""
    if line.startswith(": progress "):
        return msgspec.json.decode(line.removeprefix(": progress "), type=Progress)
    return line.removeprefix("data:").strip() if line.startswith("data:") else None
