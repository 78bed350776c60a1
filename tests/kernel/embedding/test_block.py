from __future__ import annotations

import numpy as np
import pytest

from mlx_jupyter.errors import RequestFailed
from mlx_jupyter.kernel.embedding.block import Block


def packed(*numbers: float) -> bytes:
    return np.array(numbers, "<f4").tobytes()


def test_vectors_come_in_any_order() -> None:
    block = Block(3)
    block.put([2, 0], [packed(5, 6), packed(1, 2)])
    block.put([1], [packed(3, 4)])
    assert block.spread([0, 1, 2]).tolist() == [[1, 2], [3, 4], [5, 6]]


def test_a_row_may_occur_more_than_once() -> None:
    block = Block(2)
    block.put([0, 1], [packed(1), packed(2)])
    assert block.spread([0, 1, 0]).tolist() == [[1], [2], [1]]


def test_the_array_is_the_users_own() -> None:
    block = Block(1)
    block.put([0], [packed(1, 2)])
    array = block.spread([0])
    array[0, 0] = 7
    assert (array.dtype, array.flags.c_contiguous) == (np.float32, True)


def test_vectors_of_two_lengths_make_no_array() -> None:
    block = Block(2)
    block.put([0], [packed(1, 2)])
    with pytest.raises(RequestFailed, match="not all of one length"):
        block.put([1], [packed(1)])
