from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlx_jupyter.messages import Embed, Vectors
from mlx_jupyter.worker import embedding_job
from mlx_jupyter.worker.embedding_job import Job
from mlx_jupyter.worker.embedding_text import Row
from mlx_jupyter.worker.micro_batch import Limits

LIMITS = Limits(64, 1000)


def job(lengths: list[int]) -> Job:
    """Of texts whose vectors are (place, length)."""
    made = Job(Embed(id=7), ["x" * length for length in lengths])
    while not made.read:
        inputs, first = made.next_slice()
        assert all(len(one) == lengths[first + at] for at, one in enumerate(inputs))
        made.add([Row(np.full(len(one), first + at)) for at, one in enumerate(inputs)])
    return made


def compute(one: Job) -> list[Vectors]:
    places = one.next_batch(LIMITS)
    rows = one.rows(places)
    made = np.array([[row.ids[0], len(row)] for row in rows], np.float32)
    return list(one.put(places, made))


@settings(deadline=None)
@given(
    lengths=st.lists(st.integers(1, 90), min_size=1, max_size=120),
    window=st.integers(1, 40),
    taking=st.lists(st.booleans(), min_size=1, max_size=20),
)
def test_vectors_come_in_order_however_they_are_taken(
    lengths: list[int], window: int, taking: list[bool]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedding_job, "WINDOW_ROWS", window)
        patch.setattr(embedding_job, "FRAME_BYTES", 40)
        one, frames, untaken, turn = job(lengths), list[Vectors](), 0, 0
        while not one.done:
            turn += 1
            if untaken and (taking[turn % len(taking)] or not one.ready):
                one.take(untaken)
                untaken = 0
            if one.ready:
                new = compute(one)
                frames += new
                untaken += sum(frame.rows for frame in new)
            assert untaken <= 2 * window
    found = np.frombuffer(b"".join(frame.data for frame in frames), "<f4").reshape(-1, 2)
    assert found.tolist() == [[place, length] for place, length in enumerate(lengths)]
    assert [frame.last for frame in frames] == [False] * (len(frames) - 1) + [True]
    assert all(len(frame.data) <= 40 and frame.id == 7 for frame in frames)
    assert one.tokens == sum(lengths)


def test_a_slice_is_bounded_by_its_characters_and_its_rows() -> None:
    long = Job(Embed(id=1), ["x" * embedding_job.SLICE_CHARACTERS] * 3)
    assert len(long.next_slice()[0]) == 1
    many = Job(Embed(id=1), ["x"] * 5000)
    assert len(many.next_slice()[0]) == embedding_job.SLICE_ROWS


def test_the_last_batch_is_there_for_others_to_join() -> None:
    small = job([5, 4])
    assert small.last_batch(LIMITS) == [0, 1]
    assert small.next_batch(LIMITS) == [0, 1]
    assert small.last_batch(LIMITS) is None
    assert job([60, 60]).last_batch(LIMITS) is None
