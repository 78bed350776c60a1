from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mlx_jupyter.worker.micro_batch import micro_batches

LENGTHS = st.lists(st.integers(1, 300), max_size=200)


@given(LENGTHS, st.integers(1, 2000))
def test_every_text_is_in_one_batch_within_the_budget(lengths: list[int], budget: int) -> None:
    batches = micro_batches(lengths, budget)
    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    for batch in batches:
        padded = len(batch) * max(lengths[place] for place in batch)
        assert padded <= budget or len(batch) == 1


@given(LENGTHS, st.integers(1, 2000))
def test_the_longest_come_first(lengths: list[int], budget: int) -> None:
    flat = [lengths[place] for batch in micro_batches(lengths, budget) for place in batch]
    assert flat == sorted(lengths, reverse=True)


def test_texts_of_one_length_keep_their_order() -> None:
    assert micro_batches([3, 3, 3, 3, 3], 6) == [[0, 1], [2, 3], [4]]
