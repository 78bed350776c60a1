"""How much of a prompt is read in a step, beside sequences that decode."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlx_jupyter.worker.prefill_pace import (
    FIRST_TOKENS,
    LEAST_SHARE_TOKENS,
    LEAST_TOKENS,
    PrefillPace,
)

MOST = 512


def paced(usual_seconds: float) -> PrefillPace:
    pace = PrefillPace(MOST)
    for _ in range(10):
        pace.observe(usual_seconds, 0, decoding=True)
    return pace


def test_alone_a_prompt_is_read_in_the_largest_chunks() -> None:
    assert paced(0.01).tokens(3, decoding=False) == MOST


def test_the_first_chunk_beside_others_is_a_careful_one() -> None:
    assert PrefillPace(MOST).tokens(1, decoding=True) == FIRST_TOKENS


def test_several_prompts_share_what_there_is() -> None:
    pace = PrefillPace(MOST)
    assert pace.tokens(4, decoding=True) == FIRST_TOKENS // 4
    assert pace.tokens(1000, decoding=True) == LEAST_SHARE_TOKENS


def test_what_was_read_while_nobody_decoded_says_nothing() -> None:
    pace = PrefillPace(MOST)
    pace.observe(9.0, 512, decoding=False)
    assert pace.tokens(1, decoding=True) == FIRST_TOKENS


@given(
    usual=st.floats(0.001, 0.2),
    token=st.floats(1e-5, 2e-3),
    growth=st.floats(1.0, 3.0),
    prompt=st.integers(2000, 8000),
)
def test_a_long_prompt_never_opens_a_gap_of_four_steps(
    usual: float, token: float, growth: float, prompt: int
) -> None:
    """A token takes up to three times as long at the end as at the beginning."""
    pace, read = paced(usual), 0
    while read < prompt:
        chunk = min(pace.tokens(1, decoding=True), prompt - read)
        seconds = usual + chunk * token * (1 + (growth - 1) * read / prompt)
        learned = read > 0 and chunk > LEAST_TOKENS
        assert not learned or seconds < 4 * usual
        pace.observe(seconds, chunk, decoding=True)
        read += chunk


@pytest.mark.parametrize("slow", [2, 3, 5])
def test_chunks_become_smaller_at_once_and_larger_by_and_by(slow: int) -> None:
    pace = paced(0.01)
    pace.observe(0.01 + 16 * 0.001, 16, decoding=True)
    before = pace.tokens(1, decoding=True)
    pace.observe(0.01 + before * 0.001 * slow, before, decoding=True)
    after = pace.tokens(1, decoding=True)
    assert after <= max(before / (1 + 0.6 * (slow - 1)) + 1, LEAST_TOKENS)
    pace.observe(0.01 + after * 0.001, after, decoding=True)
    assert after <= pace.tokens(1, decoding=True) < before


def test_a_chunk_grows_again_when_more_decode_than_before_it() -> None:
    """One sequence decoded before the prompt, sixteen beside it: each step takes longer."""
    pace, read, steps, largest = paced(0.005), 0, 0, 0
    while read < 4000:
        chunk = min(pace.tokens(1, decoding=True), 4000 - read)
        pace.observe(0.025 + chunk * 0.0002, chunk, decoding=True)
        read, steps, largest = read + chunk, steps + 1, max(largest, chunk)
    assert steps < 100
    assert largest > 150


def test_a_step_in_which_a_prompt_ends_does_not_make_the_next_ones_smaller() -> None:
    pace = paced(0.01)
    pace.observe(0.01 + 16 * 0.001, 16, decoding=True)
    before = pace.tokens(1, decoding=True)
    pace.observe(0.02, 1, decoding=True, ended=True)
    assert pace.tokens(1, decoding=True) == before


def test_prompts_that_end_in_every_step_stop_nobody() -> None:
    pace, chunks = paced(0.01), []
    for _ in range(300):
        chunks.append(pace.tokens(2, decoding=True))
        pace.observe(0.02, chunks[-1] + 1, decoding=True, ended=True)
    assert chunks.count(0) < 30


def test_among_prompts_that_come_and_go_it_still_follows_those_who_decode() -> None:
    pace, chunks = paced(0.005), []
    for step in range(300):
        chunks.append(pace.tokens(2, decoding=True))
        ended = step % 2
        seconds = 0.03 + 0.0005 * 2 * chunks[-1] + 0.01 * ended
        pace.observe(seconds, 2 * chunks[-1] + ended, decoding=True, ended=bool(ended))
    assert max(chunks[:40]) < 20
    assert min(chunk for chunk in chunks[-40:] if chunk) > 30
