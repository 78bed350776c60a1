from __future__ import annotations

from mlx_jupyter.wire.sse import DONE, Feed, Progress, data, progress


def test_what_is_written_is_read_up_to_the_end() -> None:
    report = Progress("loading", "m", 1.5)
    stream = data({"a": "two\nlines"}) + progress(report) + data([1]) + DONE + data("after")
    assert list(Feed().events(stream)) == ['{"a":"two\\nlines"}', report, "[1]"]


def test_other_comments_and_fields_are_skipped() -> None:
    stream = b": keep-alive\nevent: x\n\ndata:1\nid: 3\n"
    assert list(Feed().events(stream)) == ["1"]


def test_an_event_is_one_line_whatever_the_text() -> None:
    assert data("a\r\n\u2028b").count(b"\n") == 2


def test_a_stream_may_be_cut_anywhere() -> None:
    stream, feed = data("é\u2028") + progress(Progress("loading")) + DONE, Feed()
    events = [event for at in range(len(stream)) for event in feed.events(stream[at : at + 1])]
    assert events == ['"é\u2028"', Progress("loading")]
    assert feed.ended


def test_a_stream_that_goes_on_has_not_ended() -> None:
    feed = Feed()
    assert list(feed.events(data(1))) == ["1"]
    assert not feed.ended
