from __future__ import annotations

import random

from mlx_jupyter.pool.host import Host
from mlx_jupyter.pool.pressure import Pressure, floor_bytes

GB = 10**9
TOTAL = 16 * GB
"""Low is below 1.6 GB, critical below 0.8, and normal again from 2.4."""


def look(pressure: Pressure, available_gb: float) -> tuple[str, str]:
    step = pressure.observe(Host(TOTAL, int(available_gb * GB)))
    return step.level, step.action


def test_with_memory_to_spare_nothing_is_done() -> None:
    pressure = Pressure()
    assert [look(pressure, 8), look(pressure, 2)] == [("normal", "none")] * 2


def test_caches_go_first_and_then_one_model_a_look() -> None:
    pressure = Pressure()
    actions = [look(pressure, 1.5)[1] for _ in range(3)]
    assert actions == ["shed", "evict", "evict"]


def test_when_nothing_is_left_and_it_is_critical_loads_are_refused_once() -> None:
    pressure = Pressure()
    assert look(pressure, 0.5) == ("critical", "shed")
    assert look(pressure, 0.5) == ("critical", "evict")
    pressure.nothing_left()
    assert look(pressure, 0.5) == ("critical", "refuse")
    assert look(pressure, 0.5)[1] != "refuse"


def test_when_nothing_is_left_and_it_is_only_low_loads_go_on() -> None:
    pressure = Pressure()
    look(pressure, 1.5)
    look(pressure, 1.5)
    pressure.nothing_left()
    assert look(pressure, 1.5) == ("low", "none")


def test_it_is_normal_again_only_well_above_low() -> None:
    pressure = Pressure()
    look(pressure, 0.5)
    look(pressure, 0.5)
    pressure.nothing_left()
    look(pressure, 0.5)
    assert look(pressure, 2.0)[0] == "low"
    assert look(pressure, 2.5) == ("normal", "relax")
    assert look(pressure, 2.5) == ("normal", "none")


def test_the_reason_has_the_figures() -> None:
    step = Pressure().observe(Host(TOTAL, GB))
    assert step.reason == "1.0 GB of this machine's 16.0 GB are available"


def test_large_machines_keep_no_more_than_a_few_gigabytes_free() -> None:
    assert floor_bytes(16 * GB) == 800_000_000
    assert floor_bytes(512 * GB) == 2 * GB


def test_however_memory_moves_refusing_and_relaxing_alternate_across_the_gap() -> None:
    draw = random.Random(1)
    pressure, refusing, available = Pressure(), False, 2.0
    for _ in range(20_000):
        available = min(4.0, max(0.1, available + draw.uniform(-0.4, 0.4)))
        level, action = look(pressure, available)
        if action == "evict":
            pressure.nothing_left()
        if action == "refuse":
            assert not refusing
            assert available < 0.8
            refusing = True
        if action == "relax":
            assert refusing
            assert available >= 2.4
            refusing = False
        assert not (refusing and level == "normal")
