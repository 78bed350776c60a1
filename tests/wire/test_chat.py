from __future__ import annotations

import pytest

from mlx_jupyter.wire import chat, completions


@pytest.mark.parametrize("module", [chat, completions])
def test_every_field_that_is_not_honoured_is_a_field_of_the_request(module: object) -> None:
    request = chat.ChatRequest if module is chat else completions.CompletionRequest
    table = module.NOT_YET  # type: ignore[attr-defined]
    assert set(table) <= set(request.__struct_fields__)
    assert all(None in harmless for harmless in table.values())
