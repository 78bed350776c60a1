"""From a request with pictures to the arrays that a vision model reads.

The prompt is made by mlx-vlm's `prompt_utils`, which knows where each family has its marks for
pictures (a tokenizer's own template often lacks them) and keeps the order of texts and pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import mlx.core as mx
from jinja2.exceptions import TemplateError
from mlx_vlm.prompt_utils import apply_chat_template
from mlx_vlm.utils import prepare_inputs, should_add_special_tokens
from PIL import Image

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.messages import Generate, Picture
from mlx_jupyter.worker.batch import Prompt
from mlx_jupyter.worker.prompt import first_rendered, refuse_endless, tokenize
from mlx_jupyter.worker.vision_loading import VisionLanguage

__all__ = ["VisionPrompt", "read"]


_WITHOUT_TURNS = ("paligemma", "florence2", "falcon_ocr")
"""Of their messages mlx-vlm 0.7.10 reads the last alone."""


@dataclass(frozen=True)
class VisionPrompt(Prompt):
    """`ids` (1, tokens); `pixels` as the processor made them, None without pictures; `inputs` are
    its other results (grids, masks), by name."""

    ids: mx.array = field(default_factory=lambda: mx.zeros((1, 0), mx.int32))
    pixels: Any = None
    mask: mx.array | None = None
    inputs: dict[str, Any] = field(default_factory=dict)


def read(vision: VisionLanguage, request: Generate, pictures: Sequence[Picture]) -> VisionPrompt:
    """Raises `InvalidRequest` where the template refuses the messages, or the processor the
    pictures."""
    language = vision.language
    refuse_endless(request, language.longest_prompt_characters)
    if request.messages is None:
        tokens = tokenize(language, request)
        return VisionPrompt(tokens, ids=mx.array([tokens]))
    text = first_rendered(
        request.messages, lambda messages: _rendered(vision, messages, request.template_options)
    )
    return _prepared(vision, text, [_image(picture) for picture in pictures])


def _rendered(
    vision: VisionLanguage, messages: list[dict[str, object]], options: dict[str, object]
) -> str:
    if vision.model_type in _WITHOUT_TURNS and len(messages) > 1:
        raise TemplateError("this model reads one question, and no conversation")
    config = vars(vision.config) | {"model_type": vision.model_type}
    text = apply_chat_template(vision.processor, config, messages, **options)
    if isinstance(text, dict):
        text = text.get("content")
    if not isinstance(text, str):
        raise TemplateError("it gives no text")
    return text


def _prepared(vision: VisionLanguage, text: str, images: list[Image.Image]) -> VisionPrompt:
    processor = vision.processor
    try:
        made = prepare_inputs(
            processor,
            images=images or None,
            prompts=text,
            image_token_index=vision.image_token,
            add_special_tokens=should_add_special_tokens(vision.model_type, processor),
        )
    except (ValueError, TypeError, IndexError, RuntimeError) as error:
        raise InvalidRequest(
            f"The model's processor refuses this request: {_words(error)}", param="messages"
        ) from error
    ids = made.pop("input_ids")
    tokens = [int(token) for token in ids[0].tolist()]
    if not tokens:
        raise InvalidRequest("The prompt is empty: it has no tokens.", param="messages")
    image_tokens = tokens.count(vision.image_token) if images and vision.image_token else 0
    if images and vision.image_token and not image_tokens:
        raise InvalidRequest(
            "The model's chat template has no place for pictures. Choose another conversion of it.",
            param="messages",
        )
    return VisionPrompt(
        tokens,
        image_tokens=image_tokens,
        ids=ids,
        pixels=made.pop("pixel_values", None),
        mask=made.pop("attention_mask", None),
        inputs={name: value for name, value in made.items() if value is not None},
    )


def _image(picture: Picture) -> Image.Image:
    return Image.frombuffer("RGB", (picture.width, picture.height), picture.rgb)


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
