from __future__ import annotations

from mlx_jupyter.pool.queue import Turns, in_turn
from mlx_jupyter.pool.slot import Request


def order(*clients: str) -> list[int]:
    """The places of requests that came from these clients, in the order in which they are served,
    one after the other."""
    turns = Turns()
    requests = [
        Request(place, "m", client=client, turn=turns.take(client))
        for place, client in enumerate(clients)
    ]
    return [request.ticket for request in in_turn(requests)]


def test_one_client_is_served_in_order_of_arrival() -> None:
    assert order("a", "a", "a") == [0, 1, 2]


def test_clients_take_turns() -> None:
    assert order("a", "a", "a", "b", "b", "c") == [0, 3, 5, 1, 4, 2]


def test_a_client_that_comes_late_is_not_behind_all_of_an_early_one() -> None:
    turns = Turns()
    mapped = [turns.take("a") for _ in range(1000)]
    for turn in mapped[:10]:
        turns.serve(turn)
    assert turns.take("b") == mapped[10]


def test_who_has_waited_is_not_passed_by_ever_new_clients() -> None:
    turns = Turns()
    turns.take("a")
    waiting = turns.take("a")
    passed = 0
    while (turn := turns.take(f"new {passed}")) < waiting:
        turns.serve(turn)
        passed += 1
    assert passed <= 1


def test_what_is_past_is_forgotten() -> None:
    turns = Turns()
    for number in range(100):
        turns.serve(turns.take(f"client {number}"))
    assert not turns._last
