"""Pictures and a text as the content of an OpenAI message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.images.picture import Picture

__all__ = ["content", "default_question", "question_about", "with_pictures"]

Message = dict[str, Any]


def content(text: str, pictures: Sequence[Picture]) -> list[Message]:
    """The parts of a message: the pictures in their order, then the text."""
    return [*_parts(pictures), {"type": "text", "text": text}]


def with_pictures(messages: list[Message], pictures: Sequence[Picture]) -> list[Message]:
    """`messages`, with the pictures before what the last message of the user says.

    The list and messages given are not changed. Raises InvalidRequest if the user says nothing.
    """
    if not pictures:
        return messages
    asked = [at for at, message in enumerate(messages) if message.get("role") == "user"]
    if not asked:
        raise InvalidRequest("There is no user message to put the images into.", param="messages")
    at = asked[-1]
    said = messages[at].get("content")
    if isinstance(said, list | tuple):
        parts = [*_parts(pictures), *said]
    else:
        parts = content(said or "", pictures)
    return [*messages[:at], messages[at] | {"content": parts}, *messages[at + 1 :]]


def question_about(pictures: Sequence[Picture], question: str | None) -> str:
    """`question`, or one that asks what is in them. Raises InvalidRequest without pictures."""
    if not pictures:
        raise InvalidRequest("There is no picture to see.", param="images")
    return question or default_question(pictures)


def default_question(pictures: Sequence[Picture]) -> str:
    return "What is in this image?" if len(pictures) == 1 else "What is in these images?"


def _parts(pictures: Sequence[Picture]) -> list[Message]:
    return [{"type": "image_url", "image_url": {"url": picture.url}} for picture in pictures]
