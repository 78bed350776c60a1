"""`POST v1/tokenize` and `POST v1/detokenize`: requests and answers, in vLLM's shapes."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from mlx_jupyter.wire.chat import ChatMessage
from mlx_jupyter.wire.numbers import TokenId

__all__ = ["DetokenizeRequest", "DetokenizedText", "TokenizeRequest", "TokenizedText"]


class TokenizeRequest(Struct, kw_only=True, forbid_unknown_fields=True):
    """Of a text (`prompt`), with the marks that the tokenizer puts around it unless
    `add_special_tokens` is false; or of a chat (`messages`), as a chat request has it:
    `chat_template_kwargs` and `enable_thinking` too."""

    model: str | None = None
    prompt: str | None = None
    messages: Annotated[list[ChatMessage], Meta(min_length=1)] | None = None
    add_special_tokens: bool | None = None
    add_generation_prompt: bool | None = None
    chat_template_kwargs: dict[str, object] | None = None
    enable_thinking: bool | None = None
    return_token_strs: bool | None = None


class TokenizedText(Struct, kw_only=True):
    """`count` tokens, for a model whose context has `max_model_len`."""

    count: int
    max_model_len: int
    tokens: list[int]
    token_strs: list[str] | None = None


class DetokenizeRequest(Struct, kw_only=True, forbid_unknown_fields=True):
    tokens: list[TokenId]
    model: str | None = None


class DetokenizedText(Struct, kw_only=True):
    """Marks such as `<s>` are in it as text."""

    prompt: str
