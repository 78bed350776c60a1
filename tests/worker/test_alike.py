"""Which sequences share a batch, and in what pieces their prompts are read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mlx_jupyter.worker.alike import all_alike, whole_pieces


def test_lengths_are_alike_each_with_each_and_not_step_by_step() -> None:
    assert all_alike([10, 500])
    assert all_alike([1000, 2000])
    assert not all_alike([600, 1200, 2400])


@given(chunk=st.integers(1, 512), heads=st.lists(st.integers(1, 4000), max_size=16))
def test_a_piece_is_about_as_large_as_asked_and_leaves_no_single_token(
    chunk: int, heads: list[int]
) -> None:
    size = whole_pieces(chunk, heads)
    assert 2 <= size <= max(chunk, 2) + len(heads)
    assert size + 1 not in heads


def test_a_long_prompt_beside_a_short_one_is_not_read_at_once() -> None:
    assert whole_pieces(2, [3, 4000]) == 3
