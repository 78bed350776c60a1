from __future__ import annotations

import asyncio

import pytest

from mlx_jupyter.errors import WorkerDied
from mlx_jupyter.messages import Delta, Joined, Prefill, Vectors
from mlx_jupyter.pool.stream import BACKLOG, Stream


def stream(choices: int = 1) -> tuple[Stream, list[str]]:
    cancelled: list[str] = []
    return Stream(choices, cancel=lambda: cancelled.append("cancelled")), cancelled


async def test_items_come_in_order_and_then_nothing() -> None:
    one, _ = stream()
    one.put(Joined(1, 12))
    one.put(Delta(1, 0, "a", 1, "stop"))
    assert await one.take() == [Joined(1, 12), Delta(1, 0, "a", 1, "stop")]
    assert await one.take() == []


async def test_a_reader_that_waits_is_woken() -> None:
    one, _ = stream()
    reader = asyncio.create_task(one.take())
    await asyncio.sleep(0)
    one.put(Delta(1, 0, "a", 1))
    assert await reader == [Delta(1, 0, "a", 1)]


async def test_nothing_comes_within_the_timeout() -> None:
    one, _ = stream()
    assert await one.take(0.001) == []
    assert not one.done


async def test_what_a_slow_reader_did_not_take_is_merged() -> None:
    one, _ = stream()
    for number in range(1000):
        one.put(Prefill(1, number, 1000))
    for number in range(1000):
        one.put(Delta(1, 0, str(number % 10), 1))
    prefill, *deltas = await one.take()
    assert prefill == Prefill(1, 999, 1000)
    assert len(deltas) < BACKLOG
    assert "".join(delta.text for delta in deltas) == "0123456789" * 100  # type: ignore[union-attr]
    assert sum(delta.tokens for delta in deltas) == 1000  # type: ignore[union-attr]


async def test_thoughts_that_are_merged_stay_apart_from_the_text() -> None:
    one, _ = stream()
    for number in range(2 * BACKLOG):
        thinks = number < BACKLOG
        text = str(number % 10)
        one.put(Delta(1, 0, "" if thinks else text, 1, None, (), text * thinks, int(thinks)))
    deltas = [item for item in await one.take() if isinstance(item, Delta)]
    assert len(deltas) <= BACKLOG
    assert "".join(delta.reasoning for delta in deltas) == ("0123456789" * 26)[:BACKLOG]
    assert sum(delta.reasoning_tokens for delta in deltas) == BACKLOG
    assert len("".join(delta.text for delta in deltas)) == BACKLOG


async def test_a_little_backlog_stays_a_delta_a_token() -> None:
    one, _ = stream()
    for number in range(20):
        one.put(Delta(1, 0, str(number), 1))
    assert len(await one.take()) == 20


async def test_choices_are_not_mixed_by_merging() -> None:
    one, _ = stream(2)
    for number in range(4 * BACKLOG):
        one.put(Delta(1, number % 2, str(number % 2), 1))
    items = await one.take()
    assert len(items) <= BACKLOG
    texts = ["".join(i.text for i in items if i.index == index) for index in (0, 1)]  # type: ignore[union-attr]
    assert texts == ["0" * 2 * BACKLOG, "1" * 2 * BACKLOG]


async def test_an_error_comes_after_what_came_before_it() -> None:
    one, _ = stream()
    one.put(Delta(1, 0, "half", 1))
    one.fail(WorkerDied("gone"))
    assert len(await one.take()) == 1
    with pytest.raises(WorkerDied):
        await one.take()


async def test_leaving_early_cancels_and_leaving_at_the_end_does_not() -> None:
    early, cancelled_early = stream()
    with early:
        pass
    late, cancelled_late = stream()
    with late:
        late.put(Delta(1, 0, "", 0, "stop"))
    assert (cancelled_early, cancelled_late) == (["cancelled"], [])


async def test_vectors_are_taken_when_the_reader_comes_for_more() -> None:
    said: list[int] = []
    one = Stream(1, cancel=lambda: None, say_taken=said.append)
    one.put(Joined(1, 5))
    one.put(Vectors(1, 2, 1, b"12345678"))
    one.put(Vectors(1, 3, 1, b"123456789012"))
    assert len(await one.take()) == 3
    assert said == []
    one.put(Vectors(1, 4, 1, b"1234567890123456"))
    await one.take()
    assert said == [5]
    one.put(Vectors(1, 1, 1, b"1234", last=True))
    assert not one.empty
    assert one.done
    await one.take()
    assert said == [5], "who is done needs no more"
    assert await one.take() == []


def test_vectors_are_never_merged() -> None:
    one, _ = stream()
    for _ in range(BACKLOG + 2):
        one.put(Vectors(1, 1, 1, b"1234"))
    assert len(one._items) == BACKLOG + 2
