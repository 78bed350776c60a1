from __future__ import annotations

from mlx_jupyter.catalog.kv_cache import KVShape
from mlx_jupyter.pool.ledger import ledger_of
from mlx_jupyter.pool.slot import Request, Slot, State


def slot(state: State, footprint_bytes: int = 100) -> Slot:
    return Slot("m", state=state, footprint_bytes=footprint_bytes, kv=KVShape(bytes_per_token=1))


def test_an_absent_model_takes_nothing() -> None:
    assert ledger_of([slot(State.ABSENT)], 1000).free_bytes == 1000


def test_what_loads_and_what_is_being_unloaded_is_reserved() -> None:
    ledger = ledger_of([slot(State.LOADING), slot(State.UNLOADING, 50)], 1000)
    assert (ledger.reserved_bytes, ledger.resident_bytes) == (150, 0)
    assert ledger.free_bytes == 850


def test_a_load_reserves_the_keys_and_values_of_the_one_it_is_for() -> None:
    loading = slot(State.LOADING)
    loading.opener = Request(1, "m", sequences_tokens=(256,))
    assert ledger_of([loading], 1000).reserved_bytes == 356


def test_running_requests_are_beside_the_weights() -> None:
    ready = slot(State.READY)
    ready.leases[1] = Request(1, "m", sequences_tokens=(10, 300))
    ledger = ledger_of([ready], 2000)
    assert (ledger.resident_bytes, ledger.kv_bytes) == (100, 2 * 512)
    assert ledger.booked_bytes + ledger.free_bytes == 2000


def test_a_reading_that_is_larger_than_the_formula_counts() -> None:
    ready = slot(State.READY)
    ready.live_bytes = 700
    ledger = ledger_of([ready], 500)
    assert (ledger.resident_bytes, ledger.kv_bytes) == (100, 600)
    assert ledger.free_bytes == -200


def test_a_batch_is_no_larger_than_the_worker_makes_it() -> None:
    ready = slot(State.READY)
    ready.max_batch = 2
    ready.leases = {n: Request(n, "m", sequences_tokens=(10,)) for n in range(5)}
    assert ready.kv_bytes == 2 * 256
