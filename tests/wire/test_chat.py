from __future__ import annotations

import msgspec
import pytest

from mlx_jupyter.wire import chat, completions


@pytest.mark.parametrize("module", [chat, completions])
def test_every_field_that_is_not_honoured_is_a_field_of_the_request(module: object) -> None:
    request = chat.ChatRequest if module is chat else completions.CompletionRequest
    table = module.NOT_YET  # type: ignore[attr-defined]
    assert set(table) <= set(request.__struct_fields__)
    assert all(None in harmless for harmless in table.values())


def test_who_asks_and_for_which_cache_is_taken_as_openais_client_sends_it() -> None:
    body = {"messages": [{"role": "user", "content": "Hi"}], "prompt_cache_key": "a notebook"}
    asked = msgspec.convert(body | {"safety_identifier": "me"}, chat.ChatRequest)
    assert asked.prompt_cache_key == "a notebook"
