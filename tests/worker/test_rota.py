"""Whose turn it is to read."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlx_jupyter.worker.alike import whole_pieces
from mlx_jupyter.worker.prefill_pace import WIDEST_GAP, PrefillPace
from mlx_jupyter.worker.rota import Rota


def test_where_nobody_reads_it_is_nobodys_turn() -> None:
    assert Rota[str]().next({}) is None


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(1, 9), min_size=2))
def test_everybody_gets_a_turn_and_more_of_them_with_more_prompts(prompts: dict[str, int]) -> None:
    rota: Rota[str] = Rota()
    turns = Counter(rota.next(prompts) for _ in range(400))
    assert set(turns) == set(prompts)
    most = max(prompts, key=lambda one: prompts[one])
    assert all(turns[most] >= turns[one] - 1 for one in prompts)


@pytest.mark.parametrize(("token_seconds", "least_rate"), [(0.0015, 55), (0.0002, 200)])
def test_a_long_prompt_goes_on_beside_a_stream_and_a_steady_flow_of_short_ones(
    token_seconds: float, least_rate: float
) -> None:
    """A step takes 25 ms, and to read takes 18 ms however few the tokens: twice a second come 50,
    into a lane of their own. All in every step there would be 45 tokens a second of the long one,
    or 60 where a token takes less, and gaps of 3.2 usual ones."""
    usual, fixed, rate = 0.025, 0.018, 2
    pace, rota, now, gaps = PrefillPace(512), Rota[str](), 0.0, []
    for _ in range(10):
        pace.observe(usual, 0, decoding=True)
    long, shorts, come = 4000, list[int](), 0
    while long and now < 100:
        while come < now * rate:
            shorts.append(50)
            come += 1
        turn = rota.next({"long": 1} | ({"short": len(shorts)} if shorts else {}))
        heads = shorts if turn == "short" else [long]
        wished = pace.tokens(len(heads), decoding=True)
        chunk = whole_pieces(wished, heads) if wished else 0
        read = sum(min(chunk, head) for head in heads)
        gaps.append(usual + (fixed + token_seconds * read if read else 0))
        pace.observe(gaps[-1], read, decoding=True)
        now += gaps[-1]
        if turn == "long":
            long -= min(chunk, long)
        else:
            shorts = [left - chunk for left in shorts if left > chunk]
    assert (4000 - long) / now > least_rate
    assert sorted(gaps)[len(gaps) // 2] <= WIDEST_GAP * usual
    assert len(shorts) < 5
