from __future__ import annotations

from base64 import b64encode
from typing import Any

import httpx
import pytest

from mlx_jupyter.errors import RequestFailed
from mlx_jupyter.kernel.embedding.answer import Send, asked

USAGE = {"prompt_tokens": 5, "total_tokens": 5}


def row(index: int, data: bytes) -> dict[str, Any]:
    return {"index": index, "embedding": b64encode(data).decode(), "object": "embedding"}


def sends(data: list[Any], **headers: str) -> Send:
    body = {"data": data, "model": "org/a", "usage": USAGE, "object": "list"}
    request = httpx.Request("POST", "http://127.0.0.1/v1/embeddings")
    return lambda route, asked: httpx.Response(200, json=body, headers=headers, request=request)


def test_vectors_come_in_the_order_of_the_texts() -> None:
    answer = asked(sends([row(1, b"bbbb"), row(0, b"aaaa")]), ["a", "b"], {})
    assert answer.vectors == [b"aaaa", b"bbbb"]
    assert (answer.model, answer.tokens, answer.revision, answer.evicted) == ("org/a", 5, None, ())


def test_headers_tell_the_revision_and_who_left() -> None:
    headers = {"x-mlx-revision": "abc", "x-mlx-evicted": "org/b, org/c"}
    answer = asked(sends([row(0, b"aaaa")], **headers), ["a"], {})
    assert (answer.revision, answer.evicted) == ("abc", ("org/b", "org/c"))


def test_a_vector_too_few_is_an_error() -> None:
    with pytest.raises(RequestFailed, match="2 texts with 1 vectors"):
        asked(sends([row(0, b"aaaa")]), ["a", "b"], {})


def test_what_is_no_answer_is_an_error() -> None:
    with pytest.raises(RequestFailed, match="did not answer as mlx_jupyter does"):
        asked(sends([{"index": 0, "embedding": "not base64!"}]), ["a"], {})
