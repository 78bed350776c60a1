from __future__ import annotations

import pytest

from mlx_jupyter.kernel.embedding.digest import digests

MADE_BY = {"model": "a", "revision": "1", "dimensions": 8}


def test_equal_texts_have_equal_digests() -> None:
    one, other, again = digests(["a", "b", "a"], MADE_BY)
    assert one == again != other


def test_the_order_of_the_options_does_not_matter() -> None:
    assert digests(["a"], MADE_BY) == digests(["a"], dict(reversed(MADE_BY.items())))


@pytest.mark.parametrize("name", MADE_BY)
def test_whatever_makes_another_vector_makes_another_digest(name: str) -> None:
    assert digests(["a"], MADE_BY) != digests(["a"], MADE_BY | {name: "other"})


def test_token_ids_are_not_the_text_that_looks_like_them() -> None:
    assert digests([(1, 2)], MADE_BY) != digests(["[1,2]"], MADE_BY)
