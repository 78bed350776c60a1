"""Answers that were given before."""

from __future__ import annotations

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.mapping.memo import Memo

WHOLE = Answer("x", partial=False)


def test_it_has_what_was_put_there() -> None:
    memo = Memo()
    memo.put(b"a", WHOLE)
    assert memo.get(b"a") is WHOLE
    assert memo.get(b"b") is None


def test_partial_answers_are_not_kept() -> None:
    memo = Memo()
    memo.put(b"a", Answer("x"))
    assert len(memo) == 0


def test_what_was_used_least_recently_leaves() -> None:
    memo = Memo(2)
    for digest in (b"a", b"b"):
        memo.put(digest, WHOLE)
    memo.get(b"a")
    memo.put(b"c", WHOLE)
    assert [memo.get(digest) is not None for digest in (b"a", b"b", b"c")] == [True, False, True]


def test_a_large_run_has_room() -> None:
    memo = Memo(2)
    memo.make_room(3)
    for digest in (b"a", b"b", b"c"):
        memo.put(digest, WHOLE)
    assert len(memo) == 3
