from __future__ import annotations

from mlx_jupyter.pool.ledger import Ledger


def test_a_model_is_booked_once_as_it_goes_from_reserved_to_resident() -> None:
    ledger = Ledger()
    ledger.reserve("m", 100)
    assert ledger.total_bytes == 100
    ledger.settle("m", 120)
    assert (ledger.reserved_bytes, ledger.resident_bytes) == ({}, {"m": 120})


def test_the_larger_of_estimate_and_measurement_is_booked() -> None:
    ledger = Ledger()
    ledger.reserve("m", 100)
    ledger.settle("m", 80)
    assert ledger.resident_bytes["m"] == 100


def test_freeing_leaves_nothing_in_either_book() -> None:
    ledger = Ledger()
    ledger.reserve("a", 1)
    ledger.settle("b", 2)
    for model in ("a", "b", "never booked"):
        ledger.free(model)
    assert ledger.total_bytes == 0
