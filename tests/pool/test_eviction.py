from __future__ import annotations

import random

import pytest

from mlx_jupyter.pool.eviction import Policy, Room, Seat, choose


def seats(**sizes: int) -> list[Seat]:
    """The first was used longest ago."""
    return [Seat(model, Room(size, 1), float(at)) for at, (model, size) in enumerate(sizes.items())]


def names(chosen: list[Seat] | None) -> list[str] | None:
    return None if chosen is None else [seat.model for seat in chosen]


NOTHING = Room(0, 9)


def test_nobody_leaves_when_there_is_room() -> None:
    assert choose(seats(a=5), Room(5, 1), Room(5, 1), Policy.LRU) == []


def test_lru_takes_the_coldest_first_until_there_is_room() -> None:
    some = seats(cold=1, cool=2, warm=9, hot=1)
    assert names(choose(some, NOTHING, Room(4, 1), Policy.LRU)) == ["cold", "cool", "warm"]


def test_largest_takes_as_few_as_possible() -> None:
    some = seats(cold=1, cool=2, warm=9, hot=1)
    assert names(choose(some, NOTHING, Room(4, 1), Policy.LARGEST)) == ["warm"]


def test_of_equal_sizes_the_coldest_leaves() -> None:
    assert names(choose(seats(a=2, b=2), NOTHING, Room(1, 1), Policy.LARGEST)) == ["a"]


def test_smart_takes_the_coldest_that_alone_suffices() -> None:
    some = seats(cold=1, cool=4, warm=9, hot=5)
    assert names(choose(some, NOTHING, Room(4, 1), Policy.SMART)) == ["cool"]


def test_smart_takes_the_largest_where_none_suffices_alone_and_then_looks_again() -> None:
    some = seats(cold=1, cool=3, warm=9, hot=2)
    assert names(choose(some, NOTHING, Room(11, 1), Policy.SMART)) == ["warm", "cool"]


def test_there_is_no_plan_when_all_together_are_not_enough() -> None:
    assert choose(seats(a=1, b=2), NOTHING, Room(4, 1), Policy.LRU) is None


def test_a_place_is_made_as_well_as_room() -> None:
    assert names(choose(seats(a=1, b=1), Room(100, 0), Room(4, 1), Policy.LRU)) == ["a"]


@pytest.mark.parametrize("policy", list(Policy))
def test_whatever_leaves_is_enough_and_nothing_after_enough_leaves(policy: Policy) -> None:
    draw = random.Random(policy.value)
    for _ in range(500):
        sizes = {f"m{i}": draw.randint(1, 20) for i in range(draw.randint(0, 6))}
        need, free = Room(draw.randint(1, 60), 1), Room(draw.randint(0, 20), draw.randint(0, 2))
        chosen = choose(seats(**sizes), free, need, policy)
        if chosen is None:
            assert sum(sizes.values()) + free.size_bytes < need.size_bytes or not (
                len(sizes) + free.places
            )
            continue
        freed = free
        for seat in chosen:
            assert not freed.covers(need)
            freed = freed.plus(seat.room)
        assert freed.covers(need)
        assert len(set(names(chosen) or [])) == len(chosen)
