"""Has a draft the tokens of its model? Asked before anything leaves for the two of them.

In a process of its own (0.3 s): a `tokenizer.json` may have 30 MB, and parsing holds the GIL. Where
that finds nothing out, the worker does (`worker.draft`).
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from pathlib import Path

from mlx_jupyter.catalog import Checkpoint
from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.pool.drafts import of_pair

__all__ = ["check_tokens"]

WALL_SECONDS = 10.0


async def check_tokens(model: Checkpoint, draft: Checkpoint) -> None:
    """Raises `InvalidRequest` for a pair that a worker would refuse for its tokens."""
    different = 0
    if model.path != draft.path:
        with suppress(TimeoutError, ValueError):
            different = int(await _differing(model.path, draft.path))
    if different:
        reason = InvalidRequest(
            f"their tokenizers differ in {different} tokens. A draft must have the same tokenizer: "
            "choose a smaller model of the same family."
        )
        raise of_pair(reason, model.id, draft.id)


async def _differing(model: Path, draft: Path) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "mlx_jupyter.catalog.vocabulary", str(model), str(draft)),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=DEVNULL,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(WALL_SECONDS):
            return (await process.communicate())[0]
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
