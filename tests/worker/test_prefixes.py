"""Who reads, who waits and who goes on from a copy: decisions on plain numbers."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from mlx_jupyter.worker.prefixes import (
    LEAST_TOKENS,
    Begin,
    Hold,
    Reader,
    Tokens,
    Waiter,
    bounds_of,
    common,
    plan,
)

HEAD = list(range(1000, 1100))


def tokens(*parts: list[int]) -> Tokens:
    return np.array([token for part in parts for token in part], np.int32)


def waiter(number: int, *parts: list[int], known: int = 0) -> Waiter:
    return Waiter(number, tokens(*parts), known)


def reader(
    number: int, *parts: list[int], read: int, next_read: int = 10**6, reach: float = math.inf
) -> Reader:
    return Reader(number, tokens(*parts), read, next_read, reach)


def test_the_first_reads_and_stops_where_the_others_leave_it() -> None:
    waiters = [waiter(1, HEAD, [1, 2]), waiter(2, HEAD, [3]), waiter(3, HEAD[:50], [4])]
    assert plan(waiters, [], math.inf) == [
        Begin(1, stops={100, 50}),
        Hold(2, 1, 100),
        Hold(3, 1, 50),
    ]


def test_who_shares_more_among_themselves_go_on_together() -> None:
    shots = list(range(2000, 2040))
    waiters = [waiter(1, HEAD, shots, [1]), waiter(2, HEAD, shots, [2])]
    running = [reader(9, HEAD, [9], read=101)]
    assert plan(waiters, running, math.inf) == [
        Begin(1, reader=9, tokens=100, stops={140}),
        Hold(2, 1, 140),
    ]


def test_choices_of_one_prompt_wait_for_all_but_its_last_token() -> None:
    waiters = [waiter(number, HEAD) for number in (1, 2, 3)]
    assert plan(waiters, [], 0) == [Begin(1, stops={99}), Hold(2, 1, 99), Hold(3, 1, 99)]


def test_another_prompt_is_not_held_up() -> None:
    waiters = [waiter(1, HEAD), waiter(2, [7] * 100), waiter(3, HEAD)]
    assert plan(waiters, [], math.inf)[1] == Begin(2)


def test_a_short_beginning_is_not_waited_for() -> None:
    shared = HEAD[: LEAST_TOKENS - 1]
    assert plan([waiter(1, shared, [1]), waiter(2, shared, [2])], [], math.inf) == [
        Begin(1),
        Begin(2),
    ]


def test_a_few_tokens_more_are_not_waited_for_either() -> None:
    """Who reads on would not stop after one token, and a full window cannot be cut back to it."""
    more = [*HEAD, 5]
    running = [reader(9, more, [9] * 7, read=100, next_read=107, reach=64)]
    assert plan([waiter(1, more, [1] * 7), waiter(2, more, [2] * 7)], running, 64) == [
        Begin(1, 9, 100),
        Begin(2, 9, 100),
    ]


def test_what_is_known_already_is_not_waited_for() -> None:
    waiters = [waiter(1, HEAD, [1], known=90), waiter(2, HEAD, [2], known=90)]
    assert plan(waiters, [], math.inf) == [Begin(1), Begin(2)]


def test_a_copy_of_keys_and_values_is_cut_and_one_of_a_state_is_not() -> None:
    late = [waiter(1, HEAD, [1])]
    assert plan(late, [reader(9, HEAD, [9] * 50, read=150)], math.inf) == [Begin(1, 9, 100)]
    assert plan(late, [reader(9, HEAD, [9] * 50, read=150, reach=0)], 0) == [Begin(1)]
    assert plan(late, [reader(9, HEAD, [9] * 50, read=100, reach=0)], 0) == [Begin(1, 9, 100)]


def test_a_state_is_taken_at_the_last_stop_before_the_paths_part() -> None:
    late = [waiter(1, HEAD, [1])]
    waiting = reader(9, HEAD, [9] * 50, read=40, next_read=80, reach=0)
    assert plan(late, [waiting], 0) == [Hold(1, 9, 100)]
    parting = reader(9, HEAD, [9] * 50, read=80, next_read=120, reach=0)
    assert plan(late, [parting], 0) == [Begin(1, 9, 80)]


def test_a_prompt_pauses_at_its_places_and_before_its_last_token() -> None:
    assert bounds_of(10, {5, 10, 20, 99, 120}, 99, 512) == (20, 99)
    assert bounds_of(99, {20}, 99, 512) == ()


def test_no_chunk_of_one_token_comes_before_a_longer_one() -> None:
    """Sliding windows of a batch are wrong after it."""
    assert bounds_of(0, {7, 8}, 14, 512) == (7, 14)
    assert bounds_of(7, {8}, 14, 512) == (14,)
    assert bounds_of(0, {513}, 600, 512) == (512, 600)


@pytest.mark.parametrize("reach", [0, 64, math.inf])
def test_nobody_waits_forever_and_nobody_reads_what_is_shared_twice(reach: float) -> None:
    """Random crowds, with a batch in which each reader goes on by at most 50 tokens a turn."""
    for seed in range(40):
        rng = random.Random(seed)
        heads = [[rng.randrange(9) for _ in range(120)] for _ in range(2)]
        waiters = {
            number: waiter(number, rng.choice(heads)[: rng.randrange(121)], [number] * 9)
            for number in range(8)
        }
        running: dict[int, tuple[Tokens, int, set[int]]] = {}
        for _ in range(60):
            readers = [
                Reader(n, one, read, _after(read, stops, len(one)), reach)
                for n, (one, read, stops) in running.items()
            ]
            for decision in plan(list(waiters.values()), readers, reach):
                if isinstance(decision, Hold):
                    continue
                one = waiters.pop(decision.number)
                if decision.reader is not None:
                    source, read, _ = running[decision.reader]
                    assert common(one.tokens, source) >= decision.tokens
                    assert decision.tokens == read or read <= reach
                assert max(decision.tokens, one.known) < len(one.tokens)
                start = max(decision.tokens, one.known)
                running[decision.number] = one.tokens, start, decision.stops
            running = {
                n: (one, _after(read, stops, len(one)), stops)
                for n, (one, read, stops) in running.items()
            }
        assert not waiters


def _after(read: int, stops: set[int], length: int) -> int:
    ends = [stop for stop in (*stops, length - 1) if stop > read]
    return min(read + 50, *ends) if ends else read + 1
