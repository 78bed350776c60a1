"""One request for an answer, and how an equal one is known again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from mlx_jupyter.kernel.images.content import with_pictures
from mlx_jupyter.kernel.images.picture import Picture, Preview
from mlx_jupyter.kernel.request import encode

__all__ = ["Job", "job_for"]


@dataclass(frozen=True)
class Job:
    """`body` is what is sent, but for the seed that is drawn; `previews` are what is shown of its
    pictures. Jobs with one `digest` ask for the same."""

    body: dict[str, Any]
    digest: bytes
    previews: list[Preview] = field(default_factory=list)


def job_for(text: str, pictures: Sequence[Picture], options: dict[str, Any]) -> Job:
    """`options` are keywords of `Pool.chat`. Raises UnsupportedParameter for those whose effect an
    `Answer` could not show."""
    options = dict(options)
    messages = with_pictures([{"role": "user", "content": text}], pictures)
    if (system := options.pop("system", None)) is not None:
        messages = [{"role": "system", "content": system}, *messages]
    given = {name: value for name, value in options.items() if value is not None}
    body = {"messages": messages, **given}
    encode(given)
    digest = hashlib.sha256(msgspec.json.encode(dict(sorted(body.items())))).digest()
    return Job(body, digest, [picture.preview for picture in pictures])
