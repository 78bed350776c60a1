"""What workers are told that they may keep."""

from __future__ import annotations

from mlx_jupyter.pool.keeping import Keeping
from mlx_jupyter.pool.slot import Slot, State
from tests.pool.world import Keeper

BUDGET = 1000


def ready(model: str, cache_bytes: int = 0) -> Slot:
    return Slot(model, state=State.READY, cache_bytes=cache_bytes)


def fit(keeping: Keeping, *slots: Slot, free: int = BUDGET) -> dict[str, Keeper]:
    """The workers, with -1 where one was told nothing."""
    keepers = {slot.model: Keeper(-1) for slot in slots}
    keeping.fit(slots, keepers, free, BUDGET)
    return keepers


def test_the_room_is_the_share_or_what_is_free() -> None:
    assert fit(Keeping("10%"), ready("a"))["a"].max_bytes == 100
    assert fit(Keeping("10%"), ready("a"), free=70)["a"].max_bytes == 70
    assert fit(Keeping("300B"), ready("a"))["a"].max_bytes == 300


def test_a_worker_is_told_once() -> None:
    keeping, slot = Keeping("10%"), ready("a")
    fit(keeping, slot)
    assert fit(keeping, slot)["a"].max_bytes == -1


def test_one_that_loads_is_told_with_the_load_and_again_when_that_has_changed() -> None:
    keeping, slot = Keeping("10%"), Slot("a", state=State.LOADING)
    assert fit(keeping, slot)["a"].max_bytes == -1
    assert keeping.begin("a") == 100
    fit(keeping, slot, free=40)
    slot.state = State.READY
    assert fit(keeping, slot, free=40)["a"].max_bytes == 40


def test_while_paused_nothing_is_kept_and_then_again() -> None:
    keeping, slot = Keeping("10%"), ready("a", cache_bytes=50)
    fit(keeping, slot)
    keeping.paused = True
    assert fit(keeping, slot)["a"].max_bytes == 0
    keeping.paused = False
    slot.cache_bytes = 0
    assert fit(keeping, slot)["a"].max_bytes == 100


def test_without_a_prompt_cache_a_worker_is_told_nothing() -> None:
    keeping, slot = Keeping(0), Slot("a", state=State.LOADING)
    fit(keeping, slot)
    assert keeping.begin("a") == 0
    slot.state = State.READY
    assert fit(keeping, slot)["a"].max_bytes == -1
