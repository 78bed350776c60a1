"""`v1/embeddings` through a real server, with the clients that people use."""

from __future__ import annotations

import array
import asyncio
import base64
import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import numpy as np
import openai
import pytest
from tokenizers import Tokenizer

from mlx_jupyter.demo import MODELS
from tests.jupyter_process import JupyterProcess
from tests.server.pool_server import busy, error
from tests.waiting import wait_for

MODEL = "demo/embed"
TEXTS = ["What is MLX?", "Bananas are yellow.", "MLX is an array framework.", "東京 é 😀"]
WIDTH = 96


def rows(answer: httpx.Response) -> np.ndarray[Any, Any]:
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert [one["index"] for one in data] == list(range(len(data)))
    return np.array([numbers(one["embedding"]) for one in data], np.float32)


def numbers(embedding: Any) -> Any:
    return (
        np.frombuffer(base64.b64decode(embedding), "<f4")
        if isinstance(embedding, str)
        else embedding
    )


def ask(http: httpx.Client, inputs: Any, **fields: Any) -> httpx.Response:
    return http.post("/v1/embeddings", json={"model": MODEL, "input": inputs, **fields})


def test_an_answer_has_openais_shape(http: httpx.Client) -> None:
    answer = ask(http, TEXTS).json()
    assert answer.keys() == {"object", "data", "model", "usage"}
    assert (answer["object"], answer["model"]) == ("list", MODEL)
    assert answer["data"][0].keys() == {"object", "index", "embedding"}
    assert answer["data"][0]["object"] == "embedding"
    tokens = Tokenizer.from_file(str(MODELS[MODEL] / "tokenizer.json"))
    count = sum(len(tokens.encode(text).ids) for text in TEXTS)
    assert answer["usage"] == {"prompt_tokens": count, "total_tokens": count}


def test_rows_are_unit_vectors_in_the_order_of_the_texts(http: httpx.Client) -> None:
    together = rows(ask(http, TEXTS))
    alone = np.concatenate([rows(ask(http, text)) for text in TEXTS])
    assert together.shape == (4, WIDTH)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert together[0] @ together[2] > together[0] @ together[1] + 0.3


def test_base64_and_numbers_are_the_same_to_the_bit(http: httpx.Client) -> None:
    in_base64 = rows(ask(http, TEXTS, encoding_format="base64"))
    np.testing.assert_array_equal(rows(ask(http, TEXTS, encoding_format="float")), in_base64)
    assert isinstance(ask(http, "a").json()["data"][0]["embedding"], list)


def test_dimensions_are_the_first_ones_made_unit_again(http: httpx.Client) -> None:
    whole, short = rows(ask(http, TEXTS)), rows(ask(http, TEXTS, dimensions=10))
    expected = whole[:, :10] / np.linalg.norm(whole[:, :10], axis=1, keepdims=True)
    np.testing.assert_allclose(short, expected, atol=1e-6)


def test_token_ids_are_taken_as_they_are(http: httpx.Client) -> None:
    tokens = Tokenizer.from_file(str(MODELS[MODEL] / "tokenizer.json"))
    ids = [tokens.encode(text).ids for text in TEXTS]
    np.testing.assert_allclose(rows(ask(http, ids)), rows(ask(http, TEXTS)), atol=1e-5)
    np.testing.assert_allclose(rows(ask(http, ids[0])), rows(ask(http, TEXTS[:1])), atol=1e-5)


def test_without_a_model_the_default_one_answers(http: httpx.Client) -> None:
    answer = http.post("/v1/embeddings", json={"input": "a", "user": "me"})
    assert answer.json()["model"] == http.get("/health").json()["defaults"]["embedding"] == MODEL


def test_the_models_revision_comes_with_the_answer(http: httpx.Client) -> None:
    revision = http.get(f"/v1/models/{MODEL}").json()["revision"]
    assert ask(http, "a").headers["x-mlx-revision"] == revision


@pytest.mark.parametrize(
    ("fields", "param", "words"),
    [
        ({"input": ""}, "input", "input[0] is an empty text"),
        ({"input": []}, "input", "'input' is empty"),
        ({"input": ["a", ""]}, "input", "input[1] is an empty text"),
        ({"input": [[1], []]}, "input", "input[1] is an empty list"),
        ({"input": ["a", 1]}, "input", "input[1] is not of the kind of input[0]"),
        ({"input": 3}, "input", "texts or lists of token ids"),
        ({"input": None}, "input", "texts or lists of token ids"),
        ({"input": [1, 99999]}, "input", "token id 99999 is not in the vocabulary of 1400"),
        ({"input": [[1], [-1]]}, "input", "input[1]: token id -1 is not in the vocabulary"),
        (
            {"input": ["a", "w " * 300]},
            "input",
            "input[1] has 302 tokens; this model takes at most 256",
        ),
        ({"input": "a" * 10**6}, "input", "input[0] has 1000000 characters"),
        ({}, "input", "input"),
        ({"input": "a", "dimensions": 97}, "dimensions", "96 dimensions, not 97"),
        ({"input": "a", "dimensions": 0}, "dimensions", "dimensions"),
        ({"input": "a", "encoding_format": "int8"}, "encoding_format", "int8"),
        (
            {"input": "a", "input_type": "song"},
            "input_type",
            "no input_type 'song': query, document",
        ),
        ({"input": "a", "colour": "red"}, "colour", "Unknown parameter: 'colour'"),
        ({"input": "a", "keep_alive": "soon"}, "keep_alive", "keep_alive"),
        ({"input": "a", "model": "demo/embde"}, "model", "Did you mean demo/embed"),
    ],
)
def test_what_is_wrong_is_named(
    http: httpx.Client, fields: dict[str, Any], param: str, words: str
) -> None:
    answer = http.post("/v1/embeddings", json=fields)
    assert answer.status_code == (404 if param == "model" else 400)
    assert error(answer)["param"] == param
    assert words in error(answer)["message"]


def test_nonsense_loads_no_model(http: httpx.Client) -> None:
    http.post(f"/admin/models/unload/{MODEL}", params={"force": "true"})
    assert ask(http, []).status_code == 400
    assert http.get(f"/v1/models/{MODEL}").json()["state"] == "absent"


def test_a_body_that_is_too_deep_is_a_400(http: httpx.Client) -> None:
    answer = http.post("/v1/embeddings", content='{"input": ' + "[" * 100_000)
    assert answer.status_code == 400
    assert "not valid JSON" in error(answer)["message"]


def test_an_error_has_the_requests_id(http: httpx.Client) -> None:
    long = {"input": "w " * 300}
    answer = http.post("/v1/embeddings", json=long, headers={"X-Request-Id": "mine"})
    assert (answer.status_code, answer.headers["x-request-id"]) == (400, "mine")


def test_a_model_that_chats_is_refused_with_those_that_embed(http: httpx.Client) -> None:
    answer = http.post("/v1/embeddings", json={"model": "llama", "input": "a"})
    assert (answer.status_code, error(answer)["code"]) == (400, "wrong_model_kind")
    assert error(answer)["message"].startswith("Model 'llama' does not support embeddings")
    assert "Models here that do: demo/embed" in error(answer)["message"]


def test_what_is_too_long_is_cut_where_that_is_asked_for(http: httpx.Client) -> None:
    long, cut = "w " * 300, "w " * 254
    answer = ask(http, long, truncate=True)
    np.testing.assert_allclose(rows(answer), rows(ask(http, cut)), atol=1e-5)
    assert answer.json()["usage"]["prompt_tokens"] == 256


@pytest.mark.parametrize(("encoding", "count"), [("float", 3000), ("base64", 3000)])
def test_a_large_request_comes_whole_and_in_order(
    http: httpx.Client, encoding: str, count: int
) -> None:
    """The body is larger than what is parsed by the server, and the numbers are more than what is
    held back of an answer."""
    different = [f'{number} {"more " * (number % 3)}, "[{{{" " * 400}' for number in range(700)]
    known = rows(ask(http, different))
    many = [different[number % 700] for number in range(count)]
    body = {"input": many, "encoding_format": encoding, "model": MODEL}
    answer = http.post("/v1/embeddings", content=json.dumps(body, indent=1))
    assert ("content-length" in answer.headers) == (len(answer.content) < 4 * 2**20)
    np.testing.assert_allclose(rows(answer), known[np.arange(count) % 700], atol=1e-5)


MANY = [f"{number} {'word ' * (number % 40)}" for number in range(20000)]


@contextmanager
def embedding_many(server: JupyterProcess) -> Iterator[list[httpx.Response]]:
    """While a request runs that takes many seconds; its answer is there afterwards."""
    answers: list[httpx.Response] = []

    def embed() -> None:
        with server.http() as other:
            headers = {"X-Request-Id": "many"}
            answers.append(other.post("/v1/embeddings", json={"input": MANY}, headers=headers))

    thread = threading.Thread(target=embed)
    thread.start()
    with server.http() as http:
        wait_for(lambda: busy(http) == 1)
        yield answers
        http.post("/admin/requests/many/cancel")
    thread.join()


def test_a_request_of_one_text_does_not_wait_for_a_large_one(
    server: JupyterProcess, http: httpx.Client
) -> None:
    with embedding_many(server) as answers:
        for _ in range(5):
            assert ask(http, "one").status_code == 200
        assert not answers


def test_a_request_can_be_cancelled_by_its_id(server: JupyterProcess) -> None:
    with embedding_many(server) as answers:
        pass
    assert error(answers[0])["code"] == "request_cancelled"


def test_an_answer_that_cannot_be_ended_is_cut_off(http: httpx.Client) -> None:
    """A part of it is out already: it may not look like a whole one."""
    body = {"input": [str(number) for number in range(60000)], "encoding_format": "float"}
    with http.stream("POST", "/v1/embeddings", json=body) as answer:
        assert answer.status_code == 200
        kill_worker(http)
        with pytest.raises(httpx.RemoteProtocolError):
            answer.read()
    assert ask(http, "next").status_code == 200


def kill_worker(http: httpx.Client) -> None:
    workers = http.get("/health").json()["workers"]
    os.kill(next(one["pid"] for one in workers if one["model"] == MODEL), signal.SIGKILL)


def test_an_answer_that_has_not_begun_fails_with_its_own_status(
    server: JupyterProcess, http: httpx.Client
) -> None:
    with embedding_many(server) as answers:
        kill_worker(http)
        wait_for(lambda: answers)
    assert (answers[0].status_code, error(answers[0])["code"]) == (502, "worker_died")


def test_a_client_that_goes_stops_the_work(server: JupyterProcess, http: httpx.Client) -> None:
    async def leave() -> None:
        async with httpx.AsyncClient(base_url=server.url, headers=dict(http.headers)) as other:
            body = {"model": MODEL, "input": MANY}
            asked = asyncio.create_task(other.post("/embeddings", json=body, timeout=None))
            while not await asyncio.to_thread(busy, http):
                assert not asked.done()
            asked.cancel()

    asyncio.run(leave())
    wait_for(lambda: busy(http) == 0)
    assert ask(http, "next").status_code == 200


def test_the_openai_client(client: openai.OpenAI) -> None:
    plain = client.embeddings.create(model=MODEL, input=TEXTS)
    as_numbers = client.embeddings.create(model=MODEL, input=TEXTS, encoding_format="float")
    assert [one.embedding for one in plain.data] == [one.embedding for one in as_numbers.data]
    assert array.array("f", plain.data[0].embedding).tolist() == plain.data[0].embedding
    ids = [
        Tokenizer.from_file(str(MODELS[MODEL] / "tokenizer.json")).encode(text).ids
        for text in TEXTS
    ]
    by_ids = client.embeddings.create(model=MODEL, input=ids)
    vectors = [np.array([one.embedding for one in made.data]) for made in (plain, by_ids)]
    np.testing.assert_allclose(*vectors, atol=1e-5)
    short = client.embeddings.create(model=MODEL, input="a", dimensions=5)
    assert len(short.data[0].embedding) == 5
    with pytest.raises(openai.BadRequestError, match="empty text"):
        client.embeddings.create(model=MODEL, input="")


def test_langchain_and_llamaindex_give_the_same_vectors(
    server: JupyterProcess, http: httpx.Client
) -> None:
    # Seconds of imports, for this test alone: every process of the suite reads this file.
    from langchain_openai import OpenAIEmbeddings
    from llama_index.embeddings.openai import OpenAIEmbedding

    expected = rows(ask(http, TEXTS))
    langchain = OpenAIEmbeddings(
        base_url=server.url, api_key=server.token, model=MODEL, check_embedding_ctx_length=False
    )
    np.testing.assert_allclose(langchain.embed_documents(TEXTS), expected, atol=1e-5)
    np.testing.assert_allclose(langchain.embed_query(TEXTS[0]), expected[0], atol=1e-5)
    llama = OpenAIEmbedding(api_base=server.url, api_key=server.token, model_name=MODEL)
    np.testing.assert_allclose(llama.get_text_embedding_batch(TEXTS), expected, atol=1e-5)
    np.testing.assert_allclose(llama.get_query_embedding(TEXTS[0]), expected[0], atol=1e-5)
