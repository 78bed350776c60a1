from __future__ import annotations

from mlx_jupyter import messages
from mlx_jupyter.wire import generation


def test_the_bound_that_clients_are_told_is_the_workers() -> None:
    assert generation.DEFAULT_MAX_TOKENS == messages.DEFAULT_MAX_TOKENS
