"""A cross-encoder behind `v1/rerank`, and what it cannot do, on a server of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.embedding_models import build
from tests.embedding_reference import scores
from tests.jupyter_process import jupyter
from tests.server.pool_server import error

QUERY = "What is the capital of France?"
DOCUMENTS = ["Paris is the capital of France.", "Hello world!", "x = mx.array([1, 2, 3])"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("models")
    build(made, "bert", "bert-ranker")
    return made


@pytest.fixture(scope="module")
def ranking(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    arguments = [f"--MLXJupyter.model_dirs={folder}"]
    with jupyter(tmp_path_factory.mktemp("ranking"), arguments) as server, server.http() as made:
        yield made


def test_scores_are_the_models_own(ranking: httpx.Client, folder: Path) -> None:
    body = {"model": "bert-ranker", "query": QUERY, "documents": DOCUMENTS}
    answer = ranking.post("/v1/rerank", json=body).json()
    expected = scores(folder / "bert-ranker", QUERY, DOCUMENTS)
    found = {one["index"]: one["relevance_score"] for one in answer["results"]}
    assert [found[at] for at in range(3)] == pytest.approx(list(expected), abs=1e-5)
    assert list(found) == sorted(found, key=lambda at: -found[at])


def test_it_makes_no_vectors_and_is_not_loaded_for_them(ranking: httpx.Client) -> None:
    ranking.post("/admin/models/unload/bert-ranker", params={"force": "true"})
    answer = ranking.post("/v1/embeddings", json={"model": "bert-ranker", "input": "a"})
    assert answer.status_code == 400
    assert error(answer)["message"] == (
        "Model 'bert-ranker' does not support embeddings: it is a cross-encoder, which ranks "
        "(v1/rerank). Models here that do: bert, demo/embed."
    )
    assert ranking.get("/v1/models/bert-ranker").json()["state"] == "absent"


def test_a_model_that_chats_is_refused_with_those_that_rank(ranking: httpx.Client) -> None:
    body = {"model": "demo/chat", "query": QUERY, "documents": DOCUMENTS}
    answer = ranking.post("/v1/rerank", json=body)
    assert answer.status_code == 400
    assert error(answer)["message"].startswith("Model 'demo/chat' does not support reranking")
    assert error(answer)["message"].endswith("that do: bert, bert-ranker, demo/embed.")


def test_a_query_that_is_too_long_is_to_blame_itself(ranking: httpx.Client) -> None:
    body = {"model": "bert-ranker", "query": QUERY * 100, "documents": DOCUMENTS}
    answer = ranking.post("/v1/rerank", json=body)
    assert (answer.status_code, error(answer)["param"]) == (400, "query")
    assert error(answer)["message"].startswith("The query has")
