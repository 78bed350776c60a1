"""`pool.similar` and `pool.rerank` against a real server."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from mlx_jupyter.errors import InvalidRequest, RequestFailed
from mlx_jupyter.kernel.client import Pool

TEXTS = ["the bank gave a loan", "a dog and a cat", "a rocket near the moon", "the horse and a cow"]


def found(matches: Any) -> set[int]:
    return {match.index for match in matches}


def test_what_means_the_same_comes_first(pool: Pool) -> None:
    matches = pool.similar("a puppy", TEXTS, k=2)
    assert found(matches) == {1, 3}
    assert matches[0].score >= matches[1].score > 0.5
    assert matches[0].text == TEXTS[matches[0].index]


def test_there_are_no_more_than_there_are_texts(pool: Pool) -> None:
    assert len(pool.similar("a puppy", TEXTS, k=99)) == 4


def test_the_query_and_the_texts_are_told_apart(pool: Pool, sent: Any) -> None:
    pool.similar("a puppy", TEXTS)
    assert [(body["input_type"], len(body["input"])) for body in sent] == [
        *(("query", 1), ("document", 4))
    ]


def test_a_second_search_asks_for_the_query_only(pool: Pool, sent: Any) -> None:
    pool.similar("a puppy", TEXTS)
    del sent[:]
    pool.similar("money", TEXTS)
    assert [body["input"] for body in sent] == [["money"]]


def test_vectors_that_were_made_before_are_searched(pool: Pool) -> None:
    vectors = pool.embed(TEXTS)
    matches = pool.similar("a puppy", vectors, k=2)
    assert found(matches) == {1, 3}
    assert matches[0].text is None


def test_a_column_of_vectors_keeps_its_labels(pool: Pool) -> None:
    frame = pd.DataFrame({"text": TEXTS}, index=list("wxyz"))
    frame["vector"] = list(pool.embed(frame.text))
    assert {match.label for match in pool.similar("a puppy", frame.vector, 2)} == {"x", "z"}
    assert {match.label for match in pool.similar("a puppy", frame.text, 2)} == {"x", "z"}
    assert found(pool.similar("a puppy", frame.text, 2)) == {1, 3}


def test_options_are_those_of_embed(pool: Pool, sent: Any) -> None:
    pool.similar("a puppy", TEXTS, model="demo/embed", dimensions=8, cache=False)
    assert {(body["model"], body["dimensions"]) for body in sent} == {("demo/embed", 8)}


def test_progress_is_told_of_the_texts(pool: Pool) -> None:
    told: list[int] = []
    pool.similar("a puppy", TEXTS, progress=lambda done, total: told.append(total))
    assert set(told) == {4}


def test_vectors_of_another_model_do_not_compare(pool: Pool) -> None:
    with pytest.raises(InvalidRequest, match=r"8 dimensions, that of the query 96: .*dimensions="):
        pool.similar("a puppy", pool.embed(TEXTS, dimensions=8))


@pytest.mark.parametrize(
    ("query", "texts", "k", "words"),
    [
        ("a", TEXTS, 0, "k is 0"),
        (["a"], TEXTS, 5, "The query is not one text"),
        ("", TEXTS, 5, "The query is empty"),
        ("a", ["a", ""], 5, "Row 1 is empty"),
    ],
)
def test_a_mistake_costs_no_request(
    pool: Pool, sent: Any, query: Any, texts: Any, k: int, words: str
) -> None:
    with pytest.raises(InvalidRequest, match=words):
        pool.similar(query, texts, k)
    assert sent == []


def test_documents_are_ranked(pool: Pool) -> None:
    matches = pool.rerank("a puppy", TEXTS)
    assert len(matches) == 4
    assert found(matches[:2]) == {1, 3}
    scores = [match.score for match in matches]
    assert scores == sorted(scores, reverse=True)
    assert matches[0].text == TEXTS[matches[0].index]


def test_the_best_documents_keep_their_labels(pool: Pool) -> None:
    ranked = pool.rerank("a puppy", pd.Series(TEXTS, index=list("wxyz")), 2, model="demo/embed")
    assert {match.label for match in ranked} == {"x", "z"}


def test_a_document_that_is_too_long_is_called_by_its_row(pool: Pool) -> None:
    with pytest.raises(RequestFailed, match=r"^Row 1 has \d+ tokens"):
        pool.rerank("a puppy", ["a", "dog " * 400])
    assert len(pool.rerank("a puppy", ["a", "dog " * 400], truncate=True)) == 2


def test_no_rank_is_no_request(pool: Pool) -> None:
    with pytest.raises(InvalidRequest, match="top_n is 0"):
        pool.rerank("a", TEXTS, 0)
