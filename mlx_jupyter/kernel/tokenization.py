"""The verbs of the pool that count tokens: nothing is loaded for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlx_jupyter.kernel import calls
from mlx_jupyter.kernel.residency import Residency
from mlx_jupyter.wire.tokenize import TokenizedText

__all__ = ["Tokenization"]


class Tokenization(Residency):
    """By a model's own tokenizer, whether the model is loaded or not. Raises `RequestFailed`, with
    status 404 for a model that is not here yet."""

    def tokenize(
        self,
        prompt: str | Sequence[dict[str, Any]],
        model: str | None = None,
        *,
        strings: bool = False,
        **more: Any,
    ) -> TokenizedText:
        """The tokens of a text, or of OpenAI's messages as a chat about them has them: `count` is
        then the answer's `usage.prompt_tokens`. With `strings` the tokens as texts too.

        Without a `model` the server takes its own for chats. `more` is sent as it is
        (`enable_thinking=False`, `add_special_tokens=False`).
        """
        return self._do(calls.tokenize(prompt, model, strings=strings, more=more))

    def detokenize(self, tokens: Sequence[int], model: str | None = None) -> str:
        """The text of token ids, with marks such as `<s>` in it."""
        return self._do(calls.detokenize(tokens, model)).prompt
