from __future__ import annotations

from mlx_jupyter.wire.sse import DONE, Progress, data, progress, read


def lines(stream: bytes) -> list[str]:
    return stream.decode().splitlines()


def test_what_is_written_is_read_up_to_the_end() -> None:
    report = Progress("loading", "m", 1.5)
    stream = data({"a": "two\nlines"}) + progress(report) + data([1]) + DONE + data("after")
    assert list(read(lines(stream))) == ['{"a":"two\\nlines"}', report, "[1]"]


def test_other_comments_and_fields_are_skipped() -> None:
    assert list(read([": keep-alive", "event: x", "", "data:1", "id: 3"])) == ["1"]


def test_an_event_is_one_line_whatever_the_text() -> None:
    assert data("a\r\n\u2028b").count(b"\n") == 2
