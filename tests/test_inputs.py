from __future__ import annotations

import json
from typing import Any

import pytest

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.inputs import MOST_INPUTS, inputs_in


@pytest.mark.parametrize(
    ("value", "inputs"),
    [
        ("é", ["é"]),
        (["a", "b"], ["a", "b"]),
        ([1, 2], [[1, 2]]),
        ([[1], [2, 3]], [[1], [2, 3]]),
    ],
)
def test_texts_and_ids_in_their_four_shapes(value: Any, inputs: Any) -> None:
    assert inputs_in(json.dumps(value).encode(), "input") == inputs


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"[]", "'input' is empty"),
        (b'["a", 1]', r"input\[1\] is not of the kind of input\[0\]"),
        (b'[[1], "a"]', r"input\[1\] is not of the kind"),
        (b"[1, [2]]", r"input\[1\] is not of the kind"),
        (b'["a", null]', r"at 'input\["),
        (b"[[1, 2.5]]", "Expected"),
        (b"[true]", "Expected"),
        (b'{"a": 1}', "texts or lists of token ids"),
        (b'["a"', "not valid JSON"),
        (b'["\xff"]', "not valid JSON"),
        (b"", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON|Expected"),
        (b'["a", ""]', r"input\[1\] is an empty text"),
        (b"[[1], []]", r"input\[1\] is an empty list"),
    ],
)
def test_what_is_neither_is_named(data: bytes, words: str) -> None:
    with pytest.raises(InvalidRequest, match=words) as raised:
        inputs_in(data, "input")
    assert raised.value.param == "input"


def test_there_is_a_most() -> None:
    with pytest.raises(InvalidRequest, match="100001 items"):
        inputs_in(json.dumps(["a"] * (MOST_INPUTS + 1)).encode(), "input")
