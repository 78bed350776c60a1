"""The verbs that count tokens, for asyncio: nothing is loaded for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlx_jupyter.kernel import calls
from mlx_jupyter.kernel.asynchronous.residency import AsyncResidency
from mlx_jupyter.wire.tokenize import TokenizedText

__all__ = ["AsyncTokenization"]


class AsyncTokenization(AsyncResidency):
    """By a model's own tokenizer, whether the model is loaded or not. Raises `RequestFailed`, with
    status 404 for a model that is not here yet."""

    async def tokenize(
        self,
        prompt: str | Sequence[dict[str, Any]],
        model: str | None = None,
        *,
        strings: bool = False,
        **more: Any,
    ) -> TokenizedText:
        """The tokens of a text or of messages, as `Pool.tokenize`:
        `(await pool.tokenize("What is MLX?")).count`."""
        return await self._do(calls.tokenize(prompt, model, strings=strings, more=more))

    async def detokenize(self, tokens: Sequence[int], model: str | None = None) -> str:
        """The text of token ids: `await pool.detokenize([1, 2, 3])`."""
        return (await self._do(calls.detokenize(tokens, model))).prompt
