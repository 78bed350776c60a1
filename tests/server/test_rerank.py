"""`v1/rerank` through a real server."""

from __future__ import annotations

from typing import Any

import httpx
import numpy as np
import pytest

from tests.server.pool_server import error

QUERY = "What is MLX?"
DOCUMENTS = [
    "Bananas are yellow.",
    "MLX is an array framework for machine learning on Apple silicon.",
    "A token is a small piece of text.",
]


def rank(http: httpx.Client, **fields: Any) -> httpx.Response:
    return http.post("/v1/rerank", json={"query": QUERY, "documents": DOCUMENTS, **fields})


def test_the_best_come_first(http: httpx.Client) -> None:
    answer = rank(http).json()
    assert answer.keys() == {"id", "object", "model", "results", "usage"}
    assert answer["model"] == "demo/embed"
    found = [(one["index"], one["relevance_score"]) for one in answer["results"]]
    assert found[0][0] == 1
    assert sorted(index for index, _ in found) == [0, 1, 2]
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    assert answer["results"][0].keys() == {"index", "relevance_score"}


def test_a_score_is_the_cosine(http: httpx.Client) -> None:
    body = {"input": [QUERY, *DOCUMENTS]}
    made = http.post("/v1/embeddings", json=body).json()
    vectors = np.array([one["embedding"] for one in made["data"]])
    expected = vectors[1:] @ vectors[0]
    answer = rank(http).json()
    for one in answer["results"]:
        assert one["relevance_score"] == pytest.approx(expected[one["index"]], abs=1e-5)
    assert answer["usage"]["total_tokens"] == made["usage"]["total_tokens"]


def test_some_with_their_texts(http: httpx.Client) -> None:
    documents = [{"text": text} for text in DOCUMENTS]
    answer = rank(http, documents=documents, top_n=2, return_documents=True).json()
    assert len(answer["results"]) == 2
    for one in answer["results"]:
        assert one["document"] == {"text": DOCUMENTS[one["index"]]}
    assert len(rank(http, top_n=9).json()["results"]) == 3


@pytest.mark.parametrize(
    ("fields", "param", "words"),
    [
        ({"documents": []}, "documents", "documents"),
        ({"documents": ["a", ""]}, "documents", "documents[1] is an empty text"),
        ({"documents": ["a", "w " * 300]}, "documents", "documents[1] has 302 tokens"),
        ({"documents": [1]}, "documents", "documents"),
        ({"documents": [{"title": "a"}]}, "documents", "title"),
        ({"query": ""}, "query", "query"),
        ({"query": "w " * 300}, "query", "The query has 302 tokens"),
        ({"top_n": 0}, "top_n", "top_n"),
        ({"model": "llama"}, "model", "Models here that do: demo/embed"),
        ({"max_tokens_per_doc": 3}, "max_tokens_per_doc", "Unknown parameter"),
    ],
)
def test_what_is_wrong_is_named(
    http: httpx.Client, fields: dict[str, Any], param: str, words: str
) -> None:
    answer = rank(http, **fields)
    assert answer.status_code == 400
    assert words in error(answer)["message"]
    assert error(answer)["param"].startswith(param)


def test_what_is_too_long_is_cut_where_that_is_asked_for(http: httpx.Client) -> None:
    answer = rank(http, documents=["w " * 300], truncate=True)
    assert answer.status_code == 200
    assert answer.json()["usage"]["total_tokens"] > 256
