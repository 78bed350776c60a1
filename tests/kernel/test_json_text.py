from __future__ import annotations

import pytest

from mlx_jupyter.kernel.json_text import json_in


@pytest.mark.parametrize(
    "text", ['{"a": [1]}', ' {"a": [1]}\n', 'Here:\n```json\n{"a": [1]}\n```\nDone.']
)
def test_json_is_found(text: str) -> None:
    assert json_in(text) == {"a": [1]}


@pytest.mark.parametrize(
    ("text", "words"), [("Hello", "it begins 'Hello'"), ("", "empty"), ('{"a": ', "not JSON")]
)
def test_what_is_none_is_told_in_words(text: str, words: str) -> None:
    with pytest.raises(ValueError, match="JSON") as raised:
        json_in(text)
    assert words in str(raised.value).replace("it begins with", "it begins")
