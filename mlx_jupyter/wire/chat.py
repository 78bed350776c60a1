"""`POST v1/chat/completions`: request, answer and stream chunks, in OpenAI's shapes.

A field that is not listed is refused. A field that is listed in `NOT_YET` is OpenAI's, is known,
and is refused with words that say so, unless its value asks for nothing (null, an empty list,
"none").
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from mlx_jupyter.wire.generation import GenerationRequest, Usage
from mlx_jupyter.wire.numbers import Positive

__all__ = [
    "NOT_YET",
    "ChatChoice",
    "ChatChunk",
    "ChatChunkChoice",
    "ChatCompletion",
    "ChatDelta",
    "ChatLogprobs",
    "ChatMessage",
    "ChatRequest",
    "ContentPart",
    "ImageURL",
    "JsonObjectFormat",
    "JsonSchema",
    "JsonSchemaFormat",
    "ResponseFormat",
    "TextFormat",
    "TokenEntry",
    "TopEntry",
]

Role = Literal["system", "developer", "user", "assistant", "tool", "function"]


class ImageURL(Struct, kw_only=True, forbid_unknown_fields=True):
    """An http(s) URL, or the image itself as a `data:` URL with base64. With detail `low` it is
    made small."""

    url: str
    detail: Literal["auto", "low", "high"] | None = None


class ContentPart(Struct, kw_only=True, forbid_unknown_fields=True):
    """One part of a message: `text`, or a kind that only some models can take."""

    type: str
    text: str | None = None
    image_url: str | ImageURL | None = None


class ChatMessage(Struct, kw_only=True, forbid_unknown_fields=True):
    role: Role
    content: str | list[ContentPart] | None = None
    name: str | None = None
    refusal: object = None
    reasoning_content: str | None = None
    tool_calls: object = None
    tool_call_id: str | None = None


class TextFormat(Struct, tag="text", forbid_unknown_fields=True):
    """Any text, as without a `response_format`."""


class JsonObjectFormat(Struct, tag="json_object", forbid_unknown_fields=True):
    """Any JSON object."""


class JsonSchema(Struct, kw_only=True, forbid_unknown_fields=True):
    """`schema` is looked at by the worker alone. With `strict` a keyword of it that cannot be
    enforced is an error; otherwise it is passed over."""

    name: str
    schema: dict[str, object]
    description: str | None = None
    strict: bool | None = None


class JsonSchemaFormat(Struct, tag="json_schema", forbid_unknown_fields=True):
    json_schema: JsonSchema


ResponseFormat = TextFormat | JsonObjectFormat | JsonSchemaFormat


class ChatRequest(GenerationRequest, kw_only=True, forbid_unknown_fields=True):
    """`metadata`, `prompt_cache_key` and `safety_identifier` are taken and not needed: what was
    read is found again without a key."""

    messages: Annotated[list[ChatMessage], Meta(min_length=1)]
    max_completion_tokens: Positive | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    chat_template_kwargs: dict[str, object] | None = None
    enable_thinking: bool | None = None
    metadata: dict[str, str] | None = None
    prompt_cache_key: str | None = None
    prompt_cache_retention: object = None
    safety_identifier: str | None = None
    response_format: ResponseFormat | None = None
    tools: object = None
    tool_choice: object = None
    parallel_tool_calls: object = None
    functions: object = None
    function_call: object = None
    reasoning_effort: object = None
    verbosity: object = None
    modalities: object = None
    audio: object = None
    prediction: object = None
    web_search_options: object = None
    service_tier: object = None
    store: object = None


NOT_YET: dict[str, tuple[object, ...]] = {
    "tools": (None, []),
    "tool_choice": (None, "none", "auto"),
    "parallel_tool_calls": (None, True, False),
    "functions": (None, []),
    "function_call": (None, "none", "auto"),
    "reasoning_effort": (None,),
    "verbosity": (None,),
    "modalities": (None, ["text"]),
    "audio": (None,),
    "prediction": (None,),
    "web_search_options": (None,),
    "service_tier": (None, "auto", "default"),
    "store": (None, False),
    "prompt_cache_retention": (None, "in_memory", "in-memory"),
}
"""Fields that are not honoured, with the values that ask for nothing and are therefore accepted."""


class TopEntry(Struct):
    token: str
    logprob: float
    bytes: list[int] | None


class TokenEntry(Struct):
    token: str
    logprob: float
    bytes: list[int] | None
    top_logprobs: list[TopEntry]


class ChatLogprobs(Struct):
    content: list[TokenEntry]
    refusal: None = None


class AnswerMessage(Struct):
    """`reasoning_content` is what the model thought first, if it thinks."""

    content: str
    role: Literal["assistant"] = "assistant"
    refusal: None = None
    reasoning_content: str | UnsetType = UNSET


class ChatChoice(Struct):
    index: int
    message: AnswerMessage
    finish_reason: str
    logprobs: ChatLogprobs | None = None


class ChatCompletion(Struct):
    id: str
    created: int
    model: str
    choices: list[ChatChoice]
    usage: Usage
    object: Literal["chat.completion"] = "chat.completion"
    system_fingerprint: str | None = None


class ChatDelta(Struct):
    role: Literal["assistant"] | UnsetType = UNSET
    content: str | UnsetType = UNSET
    reasoning_content: str | UnsetType = UNSET


class ChatChunkChoice(Struct):
    index: int
    delta: ChatDelta
    finish_reason: str | None = None
    logprobs: ChatLogprobs | None = None


class ChatChunk(Struct):
    id: str
    created: int
    model: str
    choices: list[ChatChunkChoice]
    usage: Usage | UnsetType | None = UNSET
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    system_fingerprint: str | None = field(default=None)
