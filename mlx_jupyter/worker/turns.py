"""Where the prompt of a chat and those that follow it part.

Most templates only add: the next turn's prompt begins with this one and its answer. Some write the
past anew (Qwen 3 leaves out what was thought before an older answer), so the next prompt parts from
this one within the answer, or where that begins. Keys and values are cut back to that place; a
state, or a full sliding window, can only be kept as it was at that very place, so the place has to
be known as the prompt is read.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import numpy as np

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.worker.prefixes import common

__all__ = ["partings"]

Messages = list[dict[str, object]]
FILLER = "\u2042"
"""No chat begins with it."""


def partings(
    messages: Messages, tokens: list[int], render: Callable[[Messages], list[int]]
) -> tuple[int, ...]:
    """After how many of `tokens`, which `render` has made of `messages`, other prompts of this chat
    part from it: one that asks something else last, and the one of the next turn. `render` raises
    `InvalidRequest` for a chat that the template refuses."""
    prompt = np.array(tokens, np.int32)
    others = (np.array(other, np.int32) for other in _others(messages, render))
    places = {common(prompt, other) for other in others}
    return tuple(sorted(place for place in places if 0 < place < len(tokens)))


def _others(messages: Messages, render: Callable[[Messages], list[int]]) -> Iterator[list[int]]:
    *past, last = messages
    chats = [
        [*past, {**last, "content": FILLER}],
        [*messages, _said("assistant"), _said("user")],
    ]
    for chat in chats:
        with contextlib.suppress(InvalidRequest):  # not every template takes every chat
            yield render(chat)


def _said(role: str) -> dict[str, object]:
    return {"role": role, "content": FILLER}
