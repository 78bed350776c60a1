from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import mlx_jupyter
from mlx_jupyter.errors import RequestFailed, ServerNotFound
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.wire.sse import Progress

EVENT_SECONDS = 10


@pytest.fixture
def pool(canned: Any) -> Iterator[Pool]:
    with mlx_jupyter.connect(canned.url, canned.key) as made:
        yield made


def test_the_pieces_are_the_text(pool: Pool) -> None:
    assert list(pool.chat("Hello", stream=True)) == ["MLX ", "is an array framework."]


def test_the_answer_fills_while_it_streams(pool: Pool) -> None:
    stream = pool.chat("Hello", stream=True)
    seen = [stream.answer.text for _ in stream]
    assert seen == ["MLX ", "MLX is an array framework."]


def test_nothing_is_sent_before_the_first_step(pool: Pool, canned: Any) -> None:
    pool.chat("Hello", stream=True)
    assert canned.requests == []


def test_progress_comes_between_the_pieces(pool: Pool) -> None:
    events = list(pool.chat("wait", stream=True).events())
    assert events[0] == Progress("loading", "demo/chat", 3.2)
    assert events[1] == Progress("prefill", None, 4.0, 512, 2048)


def test_the_last_progress_can_be_asked_for(pool: Pool) -> None:
    stream = pool.chat("wait", stream=True)
    list(stream)
    assert stream.progress == Progress("prefill", None, 4.0, 512, 2048)


def test_breaking_out_of_the_loop_stops_the_server(pool: Pool, canned: Any) -> None:
    stream = pool.chat("hold", stream=True)
    for _ in stream:
        break
    assert canned.client_left.wait(EVENT_SECONDS)
    assert (stream.answer.text, stream.answer.finish_reason) == ("MLX ", "interrupted")


def test_closing_stops_the_server(pool: Pool, canned: Any) -> None:
    with pool.chat("hold", stream=True) as stream:
        next(stream.events())
    assert canned.client_left.wait(EVENT_SECONDS)


def test_a_closed_stream_gives_nothing_and_asks_nothing(pool: Pool, canned: Any) -> None:
    stream = pool.chat("Hello", stream=True)
    list(stream)
    assert list(stream) == []
    assert len(canned.requests) == 1


def test_an_error_in_mid_stream_keeps_the_text_before_it(pool: Pool) -> None:
    stream = pool.chat("fail", stream=True)
    with pytest.raises(RequestFailed) as raised:
        list(stream)
    assert (stream.answer.text, stream.answer.partial) == ("MLX ", True)
    assert (raised.value.error_code, raised.value.http_status) == ("worker_died", 502)


def test_an_answer_that_ends_without_a_reason_is_an_error(pool: Pool) -> None:
    stream = pool.chat("vanish", stream=True)
    with pytest.raises(RequestFailed, match="broke the answer off"):
        list(stream)
    assert stream.answer.finish_reason == "error"


def test_a_line_separator_inside_the_text_survives(pool: Pool) -> None:
    assert pool.chat("odd line ends").text == "MLX is an \u2028array framework."


def test_an_unfinished_answer_has_no_usage(pool: Pool) -> None:
    with pool.chat("hold", stream=True) as stream:
        next(stream.events())
    assert stream.answer.usage is None


def test_the_time_to_the_first_token_is_within_the_whole_time(pool: Pool) -> None:
    answer = pool.chat("Hello")
    assert answer.seconds_to_first_token is not None
    assert 0 < answer.seconds_to_first_token <= answer.seconds


def test_a_server_that_is_gone_leaves_an_empty_answer(pool: Pool, canned: Any) -> None:
    canned.close()
    stream = pool.chat("Hello", stream=True)
    with pytest.raises(ServerNotFound):
        list(stream)
    assert (stream.answer.text, stream.answer.finish_reason) == ("", "error")


def test_an_answer_has_no_warnings_unless_the_server_gives_some(pool: Pool) -> None:
    assert pool.chat("Hello").warnings == []


def test_the_warnings_of_the_server_come_apart(pool: Pool, canned: Any) -> None:
    canned.warnings = "Image 1 was scaled down.; Image 2 too."
    assert pool.chat("Hello").warnings == ["Image 1 was scaled down.", "Image 2 too."]


def test_reasoning_comes_beside_the_text(pool: Pool) -> None:
    stream = pool.chat("think", stream=True)
    events = list(stream.events())
    assert events[:2] == [Progress("thinking"), Progress("thinking")]
    assert stream.answer.reasoning == "Two $ < three."
    assert stream.answer.text == "MLX is an array framework."


def test_the_first_token_may_be_one_of_reasoning(pool: Pool) -> None:
    assert pool.chat("think").first_characters == len("Two $ < ")


def test_what_was_evicted_and_the_revision_are_the_answers(pool: Pool) -> None:
    answer = pool.chat("evict")
    assert (answer.evicted, answer.revision) == (["org/a", "org/b"], "revision of canned")
