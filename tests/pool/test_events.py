from __future__ import annotations

import asyncio

import msgspec

from mlx_jupyter.pool.events import KEPT, Events, Progress
from mlx_jupyter.wire.pool import PoolEvent


async def test_who_listens_hears_what_comes_in_order() -> None:
    events = Events()
    listener = events.subscribe()
    events.publish("state", "m", state="loading", before="absent")
    events.publish("state", "m", state="ready", before="loading")
    heard = await listener.next(1)
    assert [event.state for event in heard] == ["loading", "ready"]
    assert [event.id for event in heard] == [1, 2]


async def test_who_waits_is_woken() -> None:
    events = Events()
    listener = events.subscribe()
    waiting = asyncio.create_task(listener.next(30))
    await asyncio.sleep(0)
    events.publish("memory", used_bytes=5)
    assert [event.used_bytes for event in await waiting] == [5]


async def test_nothing_comes_of_waiting_in_vain() -> None:
    assert await Events().subscribe().next(0.001) == []


async def test_who_comes_back_hears_what_was_missed() -> None:
    events = Events()
    for number in range(5):
        events.publish("memory", used_bytes=number)
    assert [event.used_bytes for event in await events.subscribe(after=3).next(1)] == [3, 4]


async def test_who_reads_slowly_loses_the_oldest_and_holds_up_nobody() -> None:
    events = Events()
    listener = events.subscribe()
    for number in range(KEPT + 10):
        events.publish("memory", used_bytes=number)
    heard = await listener.next(1)
    assert len(heard) == len(events.kept) == KEPT
    assert heard[0].used_bytes == 10


async def test_who_has_closed_hears_nothing_more() -> None:
    events = Events()
    listener = events.subscribe()
    listener.close()
    events.publish("memory")
    assert await listener.next(0.001) == []


def test_an_event_is_written_as_the_kernel_reads_it() -> None:
    events = Events()
    progress = Progress(stage="load", done_bytes=1, total_bytes=2, elapsed_seconds=0.5)
    events.publish("progress", "m", progress=progress)
    read = msgspec.json.decode(msgspec.json.encode(events.kept[0]), type=PoolEvent)
    assert (read.model, read.type) == ("m", "progress")
    assert read.progress is not None
    assert read.progress.total_bytes == 2
