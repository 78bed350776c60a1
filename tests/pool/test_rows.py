"""What is booked for sequences that run together, against what they hold."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest

from mlx_jupyter.catalog.kv_cache import KVShape
from mlx_jupyter.pool.rows import Decoding, held_bytes
from mlx_jupyter.worker.alike import all_alike

KV = KVShape(bytes_per_token=3, windows=((1, 600),), fixed_bytes=7)


@dataclass
class Row:
    prompt_tokens: int
    answer_tokens: int
    written: int = 0

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.written

    @property
    def most_tokens(self) -> int:
        return self.prompt_tokens + self.answer_tokens


def a_row(draw: random.Random) -> Row:
    return Row(int(10 ** draw.uniform(0, 3.6)), int(10 ** draw.uniform(0, 2.7)))


def join(lanes: list[list[Row]], row: Row, draw: random.Random) -> None:
    """Any lane of its like: which of them is taken, the bound must not depend on."""
    fitting = [lane for lane in lanes if all_alike([row.tokens, *(one.tokens for one in lane)])]
    if fitting:
        draw.choice(fitting).append(row)
    else:
        lanes.append([row])


def step(lanes: list[list[Row]], steps: int) -> list[list[Row]]:
    for row in [row for lane in lanes for row in lane]:
        row.written = min(row.written + steps, row.answer_tokens)
    left = [[row for row in lane if row.written < row.answer_tokens] for lane in lanes]
    return [lane for lane in left if lane]


def held(lanes: list[list[Row]]) -> int:
    return sum(len(lane) * KV.bytes(max(row.tokens for row in lane)) for lane in lanes)


@pytest.mark.parametrize("seed", range(30))
def test_lanes_never_hold_more_than_is_booked(seed: int) -> None:
    draw = random.Random(seed)
    lanes: list[list[Row]] = []
    for _ in range(200):
        rows = [row for lane in lanes for row in lane]
        if len(rows) < 16 and draw.random() < 0.5:
            join(lanes, a_row(draw), draw)
        else:
            shortest = min((row.answer_tokens - row.written for row in rows), default=1)
            lanes = step(lanes, draw.randint(1, shortest))
        most = [row.most_tokens for lane in lanes for row in lane]
        assert held(lanes) <= held_bytes(KV, most, Decoding.LANES, 16)


def test_rows_of_one_length_are_booked_as_they_are() -> None:
    assert held_bytes(KV, [600] * 4, Decoding.LANES, 16) == 4 * KV.bytes(600)


def test_no_more_rows_are_booked_than_run_at_once() -> None:
    waiting = [100, 4000, 200, 4000]
    assert held_bytes(KV, waiting, Decoding.LANES, 2) == 2 * KV.bytes(4000)
    assert held_bytes(KV, waiting, Decoding.APART, 3) == 2 * KV.bytes(4000) + KV.bytes(200)
    assert held_bytes(KV, waiting, Decoding.ALONE, 16) == KV.bytes(4000)
    for decoding in Decoding:
        assert held_bytes(KV, [], decoding, 16) == 0
