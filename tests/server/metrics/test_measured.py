from __future__ import annotations

import pytest

from mlx_jupyter.messages import Delta, Joined, Prefill
from mlx_jupyter.server.metrics.measured import Measured, Outcome, outcome_of


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *[(200, "success"), (400, "invalid"), (404, "invalid"), (401, "invalid")],
        *[(429, "refused"), (503, "refused"), (499, "cancelled"), (500, "failed"), (502, "failed")],
    ],
)
def test_a_status_says_who_has_to_do_something(status: int, outcome: Outcome) -> None:
    assert outcome_of(status) == outcome


def test_the_wait_begins_when_the_pool_is_asked(clock: Clock) -> None:
    measured = Measured(clock)
    clock.now = 2.0
    measured.ask("a", known=True)
    clock.now = 5.0
    measured.grant("a")
    assert measured.wait_seconds == 3.0


def test_the_first_token_counts_from_the_requests_arrival(clock: Clock) -> None:
    measured = Measured(clock)
    for now, item in [(1.0, Joined(1, 9)), (2.0, Prefill(1, 4, 9)), (4.0, delta()), (5.0, delta())]:
        clock.now = now
        measured.read([item])
    assert measured.first_token_seconds == 4.0


def delta() -> Delta:
    return Delta(1, 0, "x", 1)


def test_a_stream_that_broke_did_not_succeed(clock: Clock) -> None:
    measured = Measured(clock)
    measured.end(502)
    measured.end(200)
    assert measured.outcome == "failed"


def test_a_model_that_may_not_be_there_has_no_name_until_it_is_granted(clock: Clock) -> None:
    measured = Measured(clock)
    measured.ask("org/name", known=False)
    assert measured.model == ""
    measured.grant("org/name")
    assert measured.model == "org/name"
