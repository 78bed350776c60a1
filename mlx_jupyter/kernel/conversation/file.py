"""A conversation as a JSON file: OpenAI's messages, and what is known of each answer beside them.

    {"format": "mlx_jupyter conversation", "version": 1, "system": …, "model": …,
     "messages": [{"role": "user", "content": …}, {"role": "assistant", "content": …}, …],
     "turns": [{"model": …, "partial": …, "prompt_tokens": …, "completion_tokens": …}, …]}

`messages` can be sent as they are, by any program. There is no address and no key in it; pictures
are in it as they were sent.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Literal

import msgspec

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.conversation.turn import Turn

__all__ = ["FORMAT", "MOST_BYTES", "load", "save"]

FORMAT = "mlx_jupyter conversation"
VERSION = 1
MOST_BYTES = 64 * 2**20


class _Message(msgspec.Struct):
    role: Literal["user", "assistant"]
    content: str | list[dict[str, Any]]


class _Facts(msgspec.Struct, omit_defaults=True):
    model: str | None = None
    partial: bool = False
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Saved(msgspec.Struct):
    format: str
    version: int
    messages: list[_Message]
    system: str | None = None
    model: str | None = None
    turns: list[_Facts] = []


def save(path: Path, turns: Sequence[Turn], system: str | None) -> None:
    """Writes all or nothing. Raises InvalidRequest, also rather than overwrite another file."""
    if path.exists() and not _is_ours(path):
        raise InvalidRequest(f"{path} is there and is no conversation: choose another name.")
    messages = [_Message(it["role"], it["content"]) for turn in turns for it in turn.messages]
    facts = [_Facts(t.model, t.partial, t.prompt_tokens, t.completion_tokens) for t in turns]
    model = turns[-1].model if turns else None
    saved = _Saved(FORMAT, VERSION, messages, system, model, facts)
    body = msgspec.json.format(msgspec.json.encode(saved), indent=1)
    if len(body) > MOST_BYTES:
        raise InvalidRequest(f"The conversation has {len(body)} bytes, {MOST_BYTES} are the most.")
    try:
        _write(path, body)
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be written: {error.strerror}.") from None


def load(path: Path) -> tuple[list[Turn], str | None]:
    """The turns and the system prompt. Raises InvalidRequest for what is no conversation."""
    saved = _decoded(path, _read(path))
    if saved.version > VERSION:
        raise InvalidRequest(
            f"{path} was written by a newer mlx_jupyter (version {saved.version} of the format,"
            f" {VERSION} is known here)."
        )
    asked, answered = saved.messages[::2], saved.messages[1::2]
    in_turn = len(asked) == len(answered) and {m.role for m in asked} <= {"user"}
    if not in_turn or not {m.role for m in answered} <= {"assistant"}:
        raise InvalidRequest(f"{path}: the messages of user and assistant do not alternate.")
    known = [*saved.turns, *(_Facts() for _ in asked)]
    return list(map(_turn, asked, answered, known)), saved.system


def _turn(asked: _Message, answered: _Message, facts: _Facts) -> Turn:
    if not isinstance(answered.content, str):
        raise InvalidRequest("An answer in the file is no text.")
    tokens = (facts.prompt_tokens, facts.completion_tokens)
    return Turn(asked.content, answered.content, facts.model, facts.partial, *tokens)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            body = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be read: {error.strerror}.") from None
    if len(body) > MOST_BYTES:
        raise InvalidRequest(f"{path} has more than {MOST_BYTES} bytes: it is no conversation.")
    return body


def _decoded(path: Path, body: bytes) -> _Saved:
    try:
        saved = msgspec.json.decode(body, type=_Saved)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"{path} is no conversation: {error}.") from None
    if saved.format != FORMAT:
        raise InvalidRequest(f"{path} is no conversation: its format is {saved.format!r}.")
    return saved


def _is_ours(path: Path) -> bool:
    try:
        _decoded(path, _read(path))
    except InvalidRequest:
        return False
    return True


def _write(path: Path, body: bytes) -> None:
    with NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".part", delete=False) as file:
        try:
            file.write(body)
            file.close()
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise
