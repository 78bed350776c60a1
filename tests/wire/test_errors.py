from __future__ import annotations

import msgspec
import pytest

from mlx_jupyter.errors import ModelNotFound
from mlx_jupyter.wire.chat import ChatRequest
from mlx_jupyter.wire.errors import envelope, invalid_field

MESSAGE = b'"messages": [{"role": "user", "content": "x"}]'


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        (b'{"temperature": "x", %s}' % MESSAGE, "temperature", "invalid_value"),
        (b'{"stream_options": {"x": 1}, %s}' % MESSAGE, "stream_options.x", "unknown_parameter"),
        (b'{"messages": [{"content": "x"}]}', "messages[0].role", "missing_required_parameter"),
        (b"{}", "messages", "missing_required_parameter"),
        (b'{"x": 1, %s}' % MESSAGE, "x", "unknown_parameter"),
        (b"[]", None, "invalid_request"),
    ],
)
def test_a_message_of_msgspec_becomes_one_that_names_the_field(
    body: bytes, param: str | None, code: str
) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(body, type=ChatRequest)
    error = invalid_field(caught.value)
    assert (error.param, error.code) == (param, code)
    assert "`$" not in error.message


def test_the_envelope_is_openais() -> None:
    assert msgspec.to_builtins(envelope(ModelNotFound("gone"))) == {
        "error": {
            "message": "gone",
            "type": "invalid_request_error",
            "param": "model",
            "code": "model_not_found",
        }
    }
