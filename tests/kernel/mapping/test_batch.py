"""Requests that run together."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from typing import Any

import pytest

from mlx_jupyter.errors import QueueFull, RequestFailed, ServerNotFound
from mlx_jupyter.kernel.endpoint import Endpoint
from mlx_jupyter.kernel.mapping.batch import Batch
from mlx_jupyter.kernel.mapping.job import job_for
from tests.kernel.conftest import PIECES, CannedHandler, CannedServer

WHOLE = "".join(PIECES)


def endpoint(server: CannedServer) -> Endpoint:
    return Endpoint(server.url, server.key, "explicit")


def ended(server: CannedServer, *prompts: str, **more: Any) -> Batch:
    with Batch(endpoint(server), [job_for(text, [], {}) for text in prompts], 7, **more) as batch:
        assert batch.wait(10)
    return batch


def test_answers_are_in_the_order_of_the_jobs(canned: CannedServer) -> None:
    batch = ended(canned, "a", "vanish", "c")
    assert [run.succeeded for run in batch.runs] == [True, False, True]
    assert batch.runs[0].answer.text == WHOLE
    assert batch.runs[0].answer.usage is not None


def test_an_answer_knows_how_long_it_took(canned: CannedServer) -> None:
    answer = ended(canned, "a").runs[0].answer
    assert answer.seconds_to_first_token is not None
    assert 0 < answer.seconds_to_first_token <= answer.seconds


def test_what_the_server_warns_of_is_in_the_answer(canned: CannedServer) -> None:
    canned.warnings = "This; that"
    assert ended(canned, "a").runs[0].answer.warnings == ["This", "that"]


def test_odd_line_ends_are_text(canned: CannedServer) -> None:
    assert ended(canned, "odd line ends").runs[0].answer.text == "MLX is an \u2028array framework."


def test_no_more_than_so_many_go_at_once(canned: CannedServer) -> None:
    jobs = [job_for(text, [], {"max_tokens": at + 1}) for at, text in enumerate(["hold"] * 6)]
    with Batch(endpoint(canned), jobs, 7, 3) as batch:
        deadline = time.monotonic() + 5
        while sum(bool(run.answer.text) for run in batch.runs) < 3:
            assert time.monotonic() < deadline
        assert not batch.wait(0.05)
        assert len(canned.requests) == 3
    assert canned.client_left.wait(1.0)
    assert [run.answer.finish_reason for run in batch.runs] == ["interrupted"] * 6


def test_a_server_that_is_gone_is_of_all(canned: CannedServer) -> None:
    address = endpoint(canned)
    canned.close()
    with Batch(address, [job_for("a", [], {}), job_for("b", [], {})], 7, 1) as batch:
        assert batch.wait(5)
    assert isinstance(batch.error, ServerNotFound)
    assert not batch.runs[1].ended


def test_closing_twice_and_after_the_end_does_no_harm(canned: CannedServer) -> None:
    batch = ended(canned, "a")
    batch.close()
    assert batch.runs[0].succeeded


class FullHandler(CannedHandler):
    """Refuses the first requests, as a server does whose queue is full."""

    refusals: Iterator[int]

    def do_POST(self) -> None:
        if next(self.refusals, None) is None:
            super().do_POST()
            return
        self.rfile.read(int(self.headers["Content-Length"]))
        self._refuse(QueueFull("64 requests wait already."))


@pytest.fixture
def full(canned: CannedServer, monkeypatch: pytest.MonkeyPatch) -> CannedServer:
    monkeypatch.setattr("mlx_jupyter.kernel.mapping.batch._RETRY_SECONDS", 0.001)
    canned.RequestHandlerClass = FullHandler
    return canned


def test_a_full_queue_is_waited_for(full: CannedServer) -> None:
    FullHandler.refusals = iter(range(5))
    batch = ended(full, "a", "b")
    assert [run.succeeded for run in batch.runs] == [True, True]


def test_but_not_for_ever(full: CannedServer) -> None:
    FullHandler.refusals = itertools.count()
    batch = ended(full, "a")
    assert isinstance(batch.error, RequestFailed)
    assert batch.error.http_status == 429
