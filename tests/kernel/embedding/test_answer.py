from __future__ import annotations

from base64 import b64encode
from typing import Any

import httpx
import pytest

from mlx_jupyter.errors import RequestFailed
from mlx_jupyter.kernel.embedding.answer import SliceAnswer, slice_call

USAGE = {"prompt_tokens": 5, "total_tokens": 5}


def row(index: int, data: bytes) -> dict[str, Any]:
    return {"index": index, "embedding": b64encode(data).decode(), "object": "embedding"}


def answer_of(data: list[Any], texts: list[Any], **headers: str) -> SliceAnswer:
    body = {"data": data, "model": "org/a", "usage": USAGE, "object": "list"}
    request = httpx.Request("POST", "http://127.0.0.1/v1/embeddings")
    response = httpx.Response(200, json=body, headers=headers, request=request)
    return slice_call(texts, {}).read(response)


def test_vectors_come_in_the_order_of_the_texts() -> None:
    answer = answer_of([row(1, b"bbbb"), row(0, b"aaaa")], ["a", "b"])
    assert answer.vectors == [b"aaaa", b"bbbb"]
    assert (answer.model, answer.tokens, answer.revision, answer.evicted) == ("org/a", 5, None, ())


def test_headers_tell_the_revision_and_who_left() -> None:
    headers = {"x-mlx-revision": "abc", "x-mlx-evicted": "org/b, org/c"}
    answer = answer_of([row(0, b"aaaa")], ["a"], **headers)
    assert (answer.revision, answer.evicted) == ("abc", ("org/b", "org/c"))


def test_a_vector_too_few_is_an_error() -> None:
    with pytest.raises(RequestFailed, match="2 texts with 1 vectors"):
        answer_of([row(0, b"aaaa")], ["a", "b"])


def test_what_is_no_answer_is_an_error() -> None:
    with pytest.raises(RequestFailed, match="did not answer as mlx_jupyter does"):
        answer_of([{"index": 0, "embedding": "not base64!"}], ["a"])
