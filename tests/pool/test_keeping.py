"""What workers are told that they may keep."""

from __future__ import annotations

import asyncio

from mlx_jupyter.pool.keeping import Keeping
from mlx_jupyter.pool.slot import Slot, State
from tests.pool.world import Keeper

BUDGET = 1000


class One:
    """A model `a` that keeps prompts; its worker has -1 where it was told nothing."""

    def __init__(self, share: str | int, state: State = State.READY) -> None:
        self.slot = Slot("a", state=state)
        self.keeper = Keeper(-1)
        self.keeping = Keeping(share, lambda: [self.slot], {"a": self.keeper})

    def told(self, free: int = BUDGET) -> int:
        self.keeper.max_bytes = -1
        self.keeping.fit(free, BUDGET)
        return self.keeper.max_bytes


def test_the_room_is_the_share_or_what_is_free() -> None:
    assert One("10%").told() == 100
    assert One("10%").told(free=70) == 70
    assert One("300B").told() == 300


def test_a_worker_is_told_once() -> None:
    one = One("10%")
    assert [one.told(), one.told()] == [100, -1]


def test_one_that_loads_is_told_with_the_load_and_again_when_that_has_changed() -> None:
    one = One("10%", State.LOADING)
    assert one.told() == -1
    assert one.keeping.begin("a") == 100
    assert one.told(free=40) == -1
    one.slot.state = State.READY
    assert one.told(free=40) == 40


def test_while_paused_nothing_is_kept_and_then_again() -> None:
    one = One("10%")
    one.told()
    one.keeping.paused = True
    assert one.told() == 0
    one.keeping.paused = False
    assert one.told() == 100


def test_without_a_prompt_cache_a_worker_is_told_nothing() -> None:
    one = One(0, State.LOADING)
    one.told()
    assert one.keeping.begin("a") == 0
    one.slot.state = State.READY
    assert one.told() == -1


async def test_a_load_waits_until_what_was_kept_too_much_is_given_back() -> None:
    one = One("10%")
    one.told()
    one.slot.cache_bytes = 90
    one.told(free=50)
    waiting = asyncio.create_task(one.keeping.given_back())
    await asyncio.sleep(0)
    one.keeping.heard()
    await asyncio.sleep(0)
    assert not waiting.done()
    one.slot.cache_bytes = 50
    one.keeping.heard()
    await waiting


def test_all_is_shed_at_once() -> None:
    one = One("10%")
    one.slot.cache_bytes = one.keeper.used_bytes = 90
    assert one.keeping.used_bytes == 90
    one.keeping.shed()
    assert one.keeper.used_bytes == 0
