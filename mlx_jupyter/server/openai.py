"""OpenAI's requests, turned into what a worker understands.

What OpenAI lists and we do not honour is refused by name; nothing is dropped in silence.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from mlx_jupyter.errors import InvalidRequest, UnsupportedParameter
from mlx_jupyter.messages import Generate, Sampling
from mlx_jupyter.server.images.source import Source
from mlx_jupyter.server.response_format import schema_of
from mlx_jupyter.wire import chat, completions
from mlx_jupyter.wire.chat import ChatMessage, ChatRequest
from mlx_jupyter.wire.completions import CompletionRequest
from mlx_jupyter.wire.generation import GenerationRequest

__all__ = ["from_chat", "from_completion", "images_of", "refuse_unsupported"]

MAX_STOPS, MAX_CHOICES = 16, 128
COMPLETION_MAX_TOKENS = 16
"""OpenAI's default for `v1/completions`."""


_NOT_THE_TEMPLATES = {
    *("messages", "conversation", "chat_template", "add_generation_prompt", "tokenize"),
    *("continue_final_message", "padding", "truncation", "max_length", "return_tensors"),
    *("return_dict", "return_assistant_tokens_mask", "tokenizer_kwargs"),
    *("return_messages", "num_images", "num_audios", "processor", "config", "prompt", "role"),
    *("model_name", "skip_image_token", "skip_audio_token", "video", "audio", "images"),
}
"""Arguments of transformers' and mlx-vlm's `apply_chat_template` itself: they are ours, or would
change its result's shape."""


def refuse_unsupported(request: ChatRequest | CompletionRequest) -> None:
    """Raises `UnsupportedParameter` for the first field that asks for what we do not do."""
    table = chat.NOT_YET if isinstance(request, ChatRequest) else completions.NOT_YET
    for name, harmless in table.items():
        if getattr(request, name) not in harmless:
            raise UnsupportedParameter(
                f"The parameter '{name}' is not supported yet. Leave it out.", param=name
            )
    if request.stream_options is not None and not request.stream:
        raise InvalidRequest("'stream_options' needs 'stream': true.", param="stream_options")


def images_of(request: ChatRequest, lifted: Mapping[str, memoryview]) -> list[Source]:
    """The images of all messages, in order; `lifted` has those that were taken out of the body.
    Raises `InvalidRequest` for one that is not a user's."""
    sources = []
    for place, message in enumerate(request.messages):
        parts = message.content if isinstance(message.content, list) else []
        for number, part in enumerate(parts):
            if part.type == "image_url":
                where = f"messages[{place}].content[{number}].image_url"
                sources.append(_source(part, where, message.role, lifted))
    return sources


def _source(
    part: chat.ContentPart, where: str, role: str, lifted: Mapping[str, memoryview]
) -> Source:
    if role != "user":
        raise InvalidRequest(
            f"Images can be in messages of the user, not of '{role}'.", param=where
        )
    if part.image_url is None or part.text is not None:
        raise InvalidRequest(f"'{where}' has to have a URL, and no text beside it.", param=where)
    if isinstance(part.image_url, str):
        url, low = part.image_url, False
    else:
        url, low = part.image_url.url, part.image_url.detail == "low"
    return Source(where, lifted.get(url, url), low)


def from_chat(request: ChatRequest) -> Generate:
    """Raises `InvalidRequest` and its kin, each naming the field."""
    refuse_unsupported(request)
    if request.top_logprobs is not None and not request.logprobs:
        raise InvalidRequest("'top_logprobs' needs 'logprobs': true.", param="top_logprobs")
    return Generate(
        id=0,
        sampling=_sampling(request),
        messages=[_message(message, place) for place, message in enumerate(request.messages)],
        max_tokens=_max_tokens(request),
        stop=_stop(request.stop),
        n=request.n or 1,
        top_logprobs=(request.top_logprobs or 0) if request.logprobs else None,
        template_options=_template_options(request),
        schema=schema_of(request.response_format),
    )


def from_completion(request: CompletionRequest) -> list[Generate]:
    """One `Generate` a prompt."""
    refuse_unsupported(request)
    if request.echo:
        raise UnsupportedParameter("The parameter 'echo' is not supported yet.", param="echo")
    prompts = _prompts(request.prompt)
    if len(prompts) * (request.n or 1) > MAX_CHOICES:
        raise InvalidRequest(f"At most {MAX_CHOICES} choices in all.", param="prompt")
    return [
        Generate(
            id=0,
            sampling=_sampling(request),
            prompt=prompt,
            suffix=request.suffix or None,
            max_tokens=request.max_tokens or COMPLETION_MAX_TOKENS,
            stop=_stop(request.stop),
            n=request.n or 1,
            top_logprobs=request.logprobs,
        )
        for prompt in prompts
    ]


def _sampling(request: GenerationRequest) -> Sampling:
    return Sampling(
        seed=secrets.randbits(32) if request.seed is None else request.seed % 2**63,
        temperature=request.temperature,
        top_p=request.top_p,
        top_k=request.top_k,
        min_p=request.min_p,
        repetition_penalty=request.repetition_penalty,
        presence_penalty=request.presence_penalty or 0.0,
        frequency_penalty=request.frequency_penalty or 0.0,
        logit_bias=request.logit_bias or {},
    )


def _stop(stop: str | list[str] | None) -> tuple[str, ...]:
    stops = (stop,) if isinstance(stop, str) else tuple(stop or ())
    if "" in stops:
        raise InvalidRequest("A stop text may not be empty.", param="stop")
    if len(stops) > MAX_STOPS:
        raise InvalidRequest(f"At most {MAX_STOPS} stop texts are taken.", param="stop")
    return stops


def _max_tokens(request: ChatRequest) -> int | None:
    old, new = request.max_tokens, request.max_completion_tokens
    if old is not None and new is not None and old != new:
        raise InvalidRequest(
            "'max_tokens' and 'max_completion_tokens' differ; give one of them.", param="max_tokens"
        )
    return old if new is None else new


def _template_options(request: ChatRequest) -> dict[str, object]:
    options = dict(request.chat_template_kwargs or {})
    if taken := options.keys() & _NOT_THE_TEMPLATES:
        raise InvalidRequest(
            f"chat_template_kwargs: '{min(taken)}' is not an option of the template.",
            param="chat_template_kwargs",
        )
    if request.enable_thinking is not None:
        options["enable_thinking"] = request.enable_thinking
    return options


def _message(message: ChatMessage, place: int) -> dict[str, object]:
    where = f"messages[{place}]"
    if message.tool_calls:
        raise UnsupportedParameter("Tool calls are not supported yet.", param=f"{where}.tool_calls")
    if message.refusal is not None:
        raise UnsupportedParameter(f"'{where}.refusal' is not supported.", param=f"{where}.refusal")
    role = "system" if message.role == "developer" else message.role
    plain: dict[str, object] = {"role": role, "content": _content(message, where)}
    extra: dict[str, Any] = {
        "name": message.name,
        "tool_call_id": message.tool_call_id,
        "reasoning_content": message.reasoning_content,
    }
    return plain | {name: value for name, value in extra.items() if value is not None}


def _content(message: ChatMessage, where: str) -> str | list[dict[str, object]]:
    """A text; with images, texts and images in their order."""
    if message.content is None:
        raise InvalidRequest(f"'{where}.content' is missing.", param=f"{where}.content")
    if isinstance(message.content, str):
        return message.content
    parts = [_part(part, f"{where}.content") for part in message.content]
    if any(part["type"] == "image" for part in parts):
        return parts
    return "\n".join(str(part["text"]) for part in parts)


def _part(part: chat.ContentPart, where: str) -> dict[str, object]:
    if part.type == "image_url":
        return {"type": "image"}
    if part.type != "text" or part.text is None:
        raise InvalidRequest(f"A content part of type '{part.type}' is not known.", param=where)
    return {"type": "text", "text": part.text}


def _prompts(prompt: str | list[Any]) -> list[str | list[int]]:
    if isinstance(prompt, str):
        return [prompt]
    if not prompt:
        raise InvalidRequest("'prompt' is an empty list.", param="prompt")
    kinds = {type(one) for one in prompt}
    if len(kinds) > 1:
        raise InvalidRequest("'prompt' mixes texts and token ids.", param="prompt")
    return [prompt] if kinds == {int} else prompt
