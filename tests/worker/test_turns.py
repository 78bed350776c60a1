"""Where the prompts of a chat part, with templates as small as can be."""

from __future__ import annotations

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.worker.turns import Messages, partings


def message(role: str, content: str) -> dict[str, object]:
    return {"role": role, "content": content}


def plain(chat: Messages) -> list[int]:
    text = "".join(f"<{one['role']}>{one['content']}</>" for one in chat)
    return [ord(letter) for letter in text + "<assistant>"]


def thinking(chat: Messages) -> list[int]:
    return [*plain(chat), *map(ord, "<think>")]


def strict(chat: Messages) -> list[int]:
    if len(chat) > 2:
        raise InvalidRequest("One question at a time.")
    return plain(chat)


CHAT = [message("system", "Be brief."), message("user", "Hello?")]


def test_another_question_parts_where_this_one_begins() -> None:
    asked = "".join(map(chr, plain(CHAT))).index("Hello?")
    assert partings(CHAT, plain(CHAT), plain) == (asked,)


def test_a_template_that_rewrites_the_past_parts_where_the_answer_begins() -> None:
    tokens = thinking(CHAT)
    assert partings(CHAT, tokens, thinking)[-1] == len(tokens) - len("<think>")


def test_a_chat_that_the_template_refuses_is_passed_over() -> None:
    assert len(partings(CHAT, strict(CHAT), strict)) == 1
