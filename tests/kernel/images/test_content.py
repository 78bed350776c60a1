from __future__ import annotations

from typing import Any

import pytest

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.images.content import content, with_pictures
from mlx_jupyter.kernel.images.picture import Picture

A, B = Picture("a", url="data:a"), Picture("b", url="https://b")
IMAGES = [
    {"type": "image_url", "image_url": {"url": "data:a"}},
    {"type": "image_url", "image_url": {"url": "https://b"}},
]
WORDS = {"type": "text", "text": "Which?"}


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def test_the_pictures_come_first_in_their_order() -> None:
    assert content("Which?", [A, B]) == [*IMAGES, WORDS]


def test_they_come_before_the_parts_of_a_message() -> None:
    assert with_pictures([user([WORDS])], [A, B]) == [user([*IMAGES, WORDS])]


def test_they_belong_to_the_last_message_of_the_user() -> None:
    reply = {"role": "assistant", "content": "Hm"}
    made = with_pictures([user("x"), user("Which?"), reply], [A, B])
    assert made == [user("x"), user([*IMAGES, WORDS]), reply]


def test_what_was_given_is_not_changed() -> None:
    parts = [WORDS]
    messages = [user(parts)]
    with_pictures(messages, [A])
    assert messages == [user([WORDS])]
    assert parts == [WORDS]


def test_without_pictures_nothing_changes() -> None:
    messages = [{"role": "system", "content": "x"}]
    assert with_pictures(messages, []) is messages


def test_without_a_user_there_is_no_place_for_them() -> None:
    with pytest.raises(InvalidRequest, match="no user message"):
        with_pictures([{"role": "system", "content": "x"}], [A])
