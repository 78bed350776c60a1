"""How many tokens a request may come to hold, before a tokenizer has seen it. Pure.

A prompt's texts count a token for every three bytes of UTF-8 (English has about four, so this errs
high; Chinese characters have three and are about a token each), and eight for the template's marks
around a message. Token ids count as what they are.

An answer counts as `max_tokens`. One that nobody bounded counts `OPEN_ANSWER_TOKENS`: most end
there, and to admit the 4096 that it may have would evict idle models for next to nothing. How much
it really takes is seen in the worker's readings.
"""

from __future__ import annotations

from collections.abc import Sequence

from mlx_jupyter.messages import Generate, Picture
from mlx_jupyter.wire.generation import OPEN_ANSWER_TOKENS

__all__ = ["OPEN_ANSWER_TOKENS", "counted_tokens", "sequences_tokens"]

BYTES_PER_TOKEN = 3
MARKS_PER_MESSAGE = 8
PIXELS_PER_TOKEN, LEAST_PICTURE_TOKENS = 28 * 28, 256
"""Qwen2-VL's, which has the most tokens for large pictures; and Gemma 3's, for any."""


def sequences_tokens(
    requests: Sequence[Generate],
    context_length: int | None = None,
    pictures: Sequence[Picture] = (),
) -> tuple[int, ...]:
    """One number for each sequence that will be decoded; none is over the context. Every request
    has the pictures."""
    longest = context_length or 2**31
    seen = sum(_picture_tokens(picture) for picture in pictures)
    return tuple(
        min(longest, _prompt_tokens(request) + seen + (request.max_tokens or OPEN_ANSWER_TOKENS))
        for request in requests
        for _ in range(request.n)
    )


def counted_tokens(
    prompt_tokens: int | None, max_tokens: int | None, choices: int, context_length: int | None
) -> tuple[int, ...]:
    """The same for a request whose prompt has been counted; no sequences where nothing is known of
    either."""
    if prompt_tokens is None and max_tokens is None:
        return ()
    tokens = (prompt_tokens or 0) + (max_tokens or OPEN_ANSWER_TOKENS)
    return (min(context_length or 2**31, tokens),) * choices


def _prompt_tokens(request: Generate) -> int:
    after = _text_tokens(request.suffix or "")
    if isinstance(request.prompt, list):
        return len(request.prompt) + after
    if request.prompt is not None:
        return _text_tokens(request.prompt) + after
    messages = request.messages or []
    texts = (text for one in messages for text in _texts(one.get("content")))
    return sum(map(_text_tokens, texts)) + MARKS_PER_MESSAGE * len(messages)


def _texts(content: object) -> list[str]:
    if isinstance(content, list):
        return [str(part.get("text", "")) for part in content]
    return [str(content)]


def _picture_tokens(picture: Picture) -> int:
    return picture.width * picture.height // PIXELS_PER_TOKEN + LEAST_PICTURE_TOKENS


def _text_tokens(text: str) -> int:
    return -(-len(text.encode(errors="replace")) // BYTES_PER_TOKEN)
