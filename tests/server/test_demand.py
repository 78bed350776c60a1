from __future__ import annotations

from typing import Any

from mlx_jupyter.messages import Generate, Sampling
from mlx_jupyter.server.demand import OPEN_ANSWER_TOKENS, counted_tokens, sequences_tokens


def request(**fields: Any) -> Generate:
    return Generate(id=0, sampling=Sampling(seed=0), **fields)


def test_token_ids_count_as_what_they_are() -> None:
    assert sequences_tokens([request(prompt=[1, 2, 3], max_tokens=10)]) == (13,)


def test_a_text_counts_a_token_for_every_three_bytes() -> None:
    assert sequences_tokens([request(prompt="1234567", max_tokens=1)]) == (4,)
    assert sequences_tokens([request(prompt="日本", max_tokens=1)]) == (3,)


def test_a_suffix_counts_as_the_prompt_does() -> None:
    both = [request(prompt=[1, 2], suffix="123", max_tokens=1)]
    assert sequences_tokens(both) == (4,)
    assert sequences_tokens([request(prompt="abc", suffix="123", max_tokens=1)]) == (3,)


def test_a_message_counts_its_marks_too() -> None:
    messages: list[dict[str, object]] = [{"role": "user", "content": "abc"}] * 2
    assert sequences_tokens([request(messages=messages, max_tokens=1)]) == (2 * (1 + 8) + 1,)


def test_every_choice_of_every_prompt_is_a_sequence() -> None:
    two = [request(prompt=[1], max_tokens=1, n=2), request(prompt=[1, 2], max_tokens=1)]
    assert sequences_tokens(two) == (2, 2, 3)


def test_an_answer_that_nobody_bounded_counts_a_small_share() -> None:
    assert sequences_tokens([request(prompt=[1])]) == (1 + OPEN_ANSWER_TOKENS,)


def test_no_sequence_is_longer_than_the_context() -> None:
    assert sequences_tokens([request(prompt=[1], max_tokens=9000)], 2048) == (2048,)


def test_half_a_surrogate_pair_is_counted_and_no_accident() -> None:
    assert sequences_tokens([request(prompt="\ud83d", max_tokens=1)]) == (2,)


def test_a_counted_prompt_counts_as_it_is() -> None:
    assert counted_tokens(400, 100, 2, None) == (500, 500)
    assert counted_tokens(400, None, 1, None) == (400 + OPEN_ANSWER_TOKENS,)
    assert counted_tokens(None, 100, 1, None) == (100,)
    assert counted_tokens(400, 100, 1, 450) == (450,)


def test_nothing_counted_is_no_sequence() -> None:
    assert counted_tokens(None, None, 3, 450) == ()
