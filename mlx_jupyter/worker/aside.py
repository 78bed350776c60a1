"""Long prompts are tokenized by a thread of their own, so that those who decode go on meanwhile.

The thread that decodes waits for its device without the GIL, and so does tokenizing, which is Rust;
templates are Python, and hand the GIL over every `SWITCH_SECONDS`. Short prompts are faster without
the detour: 2,000 characters take about half a millisecond. Pictures become arrays, which belong to
the thread that makes them: a request with pictures is never read here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from mlx_jupyter.messages import Generate, Picture
from mlx_jupyter.worker.batch import Prompt
from mlx_jupyter.worker.prompt import characters_of

__all__ = ["Aside"]

LONG_CHARACTERS = 2000
SWITCH_SECONDS = 0.0005
"""Python's own is ten times that: as long as a step of a small model."""


class Aside:
    """`read` makes a prompt of a request, without MLX."""

    def __init__(self, read: Callable[[Generate, Sequence[Picture]], Prompt]) -> None:
        self._read = read
        self._thread = ThreadPoolExecutor(1, "tokenizer")

    def begin(self, request: Generate) -> Future[Prompt] | None:
        """None for a prompt that is not worth it."""
        if isinstance(request.prompt, list) or characters_of(request) < LONG_CHARACTERS:
            return None
        sys.setswitchinterval(SWITCH_SECONDS)
        return self._thread.submit(self._read, request, ())
