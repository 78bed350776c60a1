from __future__ import annotations

from threading import Event

from mlx_jupyter.kernel.doctor.deadline import within


def test_what_is_quick_is_returned() -> None:
    assert within(10, lambda: "done") == "done"


def test_what_takes_too_long_is_nothing() -> None:
    never = Event()
    assert within(0.01, never.wait) is None
    never.set()
