"""The values of many answers."""

from __future__ import annotations

from collections.abc import Sequence

from mlx_jupyter.errors import MLXJupyterError
from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.schema.wanted import Wanted

__all__ = ["read_values"]


def read_values(schema: Wanted, answers: Sequence[Answer]) -> dict[int, str]:
    """Puts into whole answers what their texts are read as; by position, why that failed."""
    failed = {}
    for at, answer in enumerate(answers):
        if answer.partial:
            continue
        try:
            schema.read(answer)
        except MLXJupyterError as error:
            failed[at] = error.message
    return failed
