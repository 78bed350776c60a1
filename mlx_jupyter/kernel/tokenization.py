"""The verbs of the pool that count tokens: nothing is loaded for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from mlx_jupyter.kernel.residency import Residency
from mlx_jupyter.kernel.transport import T, decode, translated
from mlx_jupyter.wire.tokenize import DetokenizedText, TokenizedText

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
        asked: dict[str, Any] = {"model": model, "return_token_strs": strings or None}
        asked |= {"prompt": prompt} if isinstance(prompt, str) else {"messages": list(prompt)}
        return self._spell("tokenize", asked | more, TokenizedText)

    def detokenize(self, tokens: Sequence[int], model: str | None = None) -> str:
        """The text of token ids, with marks such as `<s>` in it."""
        asked = {"model": model, "tokens": [int(token) for token in tokens]}
        return self._spell("detokenize", asked, DetokenizedText).prompt

    def _spell(self, route: str, body: dict[str, Any], kind: type[T]) -> T:
        given = {name: value for name, value in body.items() if value is not None}
        with translated(self.endpoint):
            answer = self._http.post(
                f"{self.endpoint.base_url}/{route}",
                content=msgspec.json.encode(given),
                headers={"Content-Type": "application/json"},
            )
            return decode(answer, kind)
