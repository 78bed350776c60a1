from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.conversation import file
from mlx_jupyter.kernel.conversation.file import load, save
from mlx_jupyter.kernel.conversation.turn import Turn

PARTS = [
    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
    {"type": "text", "text": "What is it?"},
]
TURNS = [Turn("Hi", "Hello", "org/m", prompt_tokens=5, completion_tokens=2), Turn(PARTS, "A", "v")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chat.json"


def changed(path: Path, **changes: Any) -> Path:
    save(path, TURNS, None)
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return path


def test_what_is_saved_is_loaded(path: Path) -> None:
    save(path, TURNS, "Be kind.")
    assert load(path) == (TURNS, "Be kind.")


def test_the_messages_are_openais(path: Path) -> None:
    save(path, TURNS, "Be kind.")
    saved = json.loads(path.read_text())
    assert saved["messages"] == [message for turn in TURNS for message in turn.messages]
    assert (saved["system"], saved["model"]) == ("Be kind.", "v")


def test_a_partial_answer_stays_partial(path: Path) -> None:
    save(path, [Turn("Hi", "Hel", partial=True)], None)
    assert load(path)[0][0].partial


def test_a_conversation_is_overwritten_and_nothing_else(path: Path) -> None:
    save(path, TURNS[:1], None)
    save(path, TURNS, None)
    assert load(path)[0] == TURNS
    path.write_text('{"cells": []}')
    with pytest.raises(InvalidRequest, match="is no conversation"):
        save(path, TURNS, None)
    assert path.read_text() == '{"cells": []}'


def test_nothing_is_left_beside_the_file(path: Path) -> None:
    save(path, TURNS, None)
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="cannot be written: No such file"):
        save(tmp_path / "none" / "chat.json", TURNS, None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"version": 2}, "a newer mlx_jupyter"),
        ({"format": "other"}, "its format is 'other'"),
        ({"messages": 1}, "is no conversation"),
        ({"messages": [{"role": "user", "content": "Hi"}]}, "do not alternate"),
        ({"messages": [{"role": "assistant", "content": "Hi"}] * 2}, "do not alternate"),
        ({"messages": [{"role": "system", "content": "Hi"}]}, "is no conversation"),
    ],
)
def test_what_is_wrong_in_a_file_is_one_line(path: Path, changes: Any, words: str) -> None:
    with pytest.raises(InvalidRequest, match=words) as raised:
        load(changed(path, **changes))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[" * 10_000, b"null"])
def test_what_is_no_json_is_one_line(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(InvalidRequest):
        load(path)


def test_answers_without_facts_are_loaded(path: Path) -> None:
    assert load(changed(path, turns=[]))[0][0] == Turn("Hi", "Hello")


def test_a_file_that_is_too_large_is_not_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(path, TURNS, None)
    monkeypatch.setattr(file, "MOST_BYTES", 10)
    with pytest.raises(InvalidRequest, match="more than 10 bytes"):
        load(path)
