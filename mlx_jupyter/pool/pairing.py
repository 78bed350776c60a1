"""Has a draft the tokens of its model? Asked before anything leaves for the two of them.

In a process of its own (0.3 s): a `tokenizer.json` may have 30 MB, and parsing holds the GIL. Where
that finds nothing out, the worker does (`worker.draft`).
"""

from __future__ import annotations

from contextlib import suppress

from mlx_jupyter.catalog import Checkpoint
from mlx_jupyter.catalog.vocabulary import refusal
from mlx_jupyter.pool.apart import run_apart
from mlx_jupyter.pool.drafts import of_pair

__all__ = ["check_tokens"]

VOCABULARY = "mlx_jupyter.catalog.vocabulary"
WALL_SECONDS = 10.0


async def check_tokens(model: Checkpoint, draft: Checkpoint) -> None:
    """Raises `InvalidRequest` for a pair that a worker would refuse for its tokens."""
    different = 0
    if model.path != draft.path:
        with suppress(TimeoutError, ValueError):
            folders = (str(model.path), str(draft.path))
            ended = await run_apart(VOCABULARY, *folders, wall_seconds=WALL_SECONDS)
            different = int(ended.said)
    if different:
        raise of_pair(refusal(different), model.id, draft.id)
