from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlx_jupyter.server.handlers import body_inputs
from mlx_jupyter.server.handlers.body import Body
from mlx_jupyter.server.handlers.body_inputs import without_inputs

TEXT = st.text(alphabet='a"\\[]{},: \néinput', max_size=8)
VALUE = st.one_of(
    TEXT, st.lists(TEXT, max_size=4), st.lists(st.lists(st.integers(), max_size=3), max_size=3)
)


def body_of(data: bytes) -> Body:
    body = Body(len(data))
    body.add(data)
    return body


@settings(deadline=None)
@given(
    value=VALUE,
    before=st.dictionaries(TEXT, VALUE, max_size=3),
    after=st.dictionaries(TEXT, VALUE, max_size=3),
    indent=st.sampled_from([None, 1]),
    ascii_only=st.booleans(),
)
async def test_it_is_found_wherever_it_is(
    value: Any, before: dict[str, Any], after: dict[str, Any], indent: int | None, ascii_only: bool
) -> None:
    """Also beside keys and texts that look like it."""
    whole = {key: one for key, one in before.items() if key != "input"}
    whole["input"] = value
    whole |= {key: one for key, one in after.items() if key != "input"}
    data = json.dumps(whole, indent=indent, ensure_ascii=ascii_only).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(body_inputs, "LARGE_BYTES", 0)
        patch.setattr(body_inputs, "SPAN_BYTES", 3)
        rest, found, name = await without_inputs(body_of(data))
    assert found is not None
    assert json.loads(bytes(found)) == value
    assert json.loads(bytes(rest)) == whole | {"input": name}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"model": "input"}',
        b'{"inputs": ["a"]}',
        b'{"input": 3}',
        b'{"input": ["a"',
        b'{"a": {"input": ["a"]}}',
        b'{"\\u0069nput": ["a"]}',
    ],
)
async def test_what_is_not_plain_is_left_as_it_is(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body_inputs, "LARGE_BYTES", -1)
    rest, found, _ = await without_inputs(body_of(data))
    assert (bytes(rest), found) == (data, None)


@pytest.mark.parametrize("text", ["\\" * 9001, '"' * 9000, "\\" * 8192 + '"'])
async def test_marks_are_counted_however_many_there_are(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body_inputs, "LARGE_BYTES", 0)
    monkeypatch.setattr(body_inputs, "SPAN_BYTES", 4095)
    _, found, _ = await without_inputs(body_of(json.dumps({"input": [text, "b"]}).encode()))
    assert found is not None
    assert json.loads(bytes(found)) == [text, "b"]


async def test_a_text_that_never_ends_is_given_up_at_once() -> None:
    """A pattern took half an hour for it, and held the interpreter."""
    data = b'{"input": "' + b'\\"' * 2**20
    rest, found, _ = await without_inputs(body_of(data))
    assert (bytes(rest), found) == (data, None)


async def test_a_small_body_is_not_searched() -> None:
    data = b'{"input": ["a"]}'
    rest, found, _ = await without_inputs(body_of(data))
    assert (bytes(rest), found) == (data, None)
