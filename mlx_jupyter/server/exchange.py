"""One request and its answer in a dialect: what the handlers write, whole or in chunks."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from typing import Protocol

from msgspec import UNSET, UnsetType

from mlx_jupyter.messages import Delta, Joined, Prefill, Reused, TokenLogprob
from mlx_jupyter.server.tally import Tally
from mlx_jupyter.server.text_chunk import TextChunks
from mlx_jupyter.wire.chat import (
    AnswerMessage,
    ChatChoice,
    ChatChunk,
    ChatChunkChoice,
    ChatCompletion,
    ChatDelta,
    ChatLogprobs,
    TokenEntry,
    TopEntry,
)
from mlx_jupyter.wire.completions import Completion, CompletionChoice, CompletionLogprobs
from mlx_jupyter.wire.generation import Usage

__all__ = ["ChatExchange", "CompletionExchange", "Exchange"]


class Exchange(Protocol):
    """`prompt` is the place of the prompt among the request's; choices are numbered through. What
    is told is payloads, or events that are encoded already."""

    id: str

    @property
    def usage(self) -> Usage: ...
    def joined(self, prompt: int, joined: Joined) -> Iterable[object]: ...
    def reused(self, reused: Reused) -> None: ...
    def prefill(self, prefill: Prefill) -> None: ...
    def delta(self, prompt: int, delta: Delta) -> Iterable[object]: ...
    def closing(self) -> Iterable[object]: ...
    def whole(self) -> object: ...


class ChatExchange:
    def __init__(self, model: str, choices: int, *, logprobs: bool, usage: bool) -> None:
        self.id = f"chatcmpl-{secrets.token_hex(12)}"
        self._model, self._choices = model, choices
        self._created = int(time.time())
        self._logprobs, self._usage = logprobs, usage
        self._tally = Tally()
        self._texts = TextChunks(self._said)

    @property
    def usage(self) -> Usage:
        """So far."""
        return self._tally.usage

    def joined(self, prompt: int, joined: Joined) -> Iterable[object]:
        self._tally.join(joined)
        first = ChatDelta(role="assistant", content="")
        return [self._chunk(ChatChunkChoice(index, first)) for index in range(self._choices)]

    def reused(self, reused: Reused) -> None:
        self._tally.reuse(reused)

    def prefill(self, prefill: Prefill) -> None:
        self._tally.prefill(prefill)

    def delta(self, prompt: int, delta: Delta) -> Iterable[object]:
        self._tally.add(delta.index, delta)
        if delta.reasoning:
            thought = ChatDelta(reasoning_content=delta.reasoning)
            yield self._chunk(ChatChunkChoice(delta.index, thought))
        if self._logprobs and (delta.text or delta.logprobs):
            said, logprobs = ChatDelta(content=delta.text), self._entries(delta.logprobs)
            yield self._chunk(ChatChunkChoice(delta.index, said, None, logprobs))
        elif delta.text:
            yield self._texts.event(delta.index, delta.text)
        if delta.finish is not None:
            yield self._chunk(ChatChunkChoice(delta.index, ChatDelta(), delta.finish))

    def closing(self) -> Iterable[object]:
        if self._usage:
            yield ChatChunk(self.id, self._created, self._model, [], self._tally.usage)

    def whole(self) -> object:
        choices = [
            ChatChoice(
                index,
                AnswerMessage(choice.text, reasoning_content=choice.reasoning or UNSET),
                choice.finish or "stop",
                self._entries(choice.logprobs),
            )
            for index, choice in sorted(self._tally.choices.items())
        ]
        return ChatCompletion(self.id, self._created, self._model, choices, self._tally.usage)

    def _said(self, index: int, text: str) -> ChatChunk:
        return self._chunk(ChatChunkChoice(index, ChatDelta(content=text)))

    def _chunk(self, choice: ChatChunkChoice) -> ChatChunk:
        usage: UnsetType | None = None if self._usage else UNSET
        return ChatChunk(self.id, self._created, self._model, [choice], usage)

    def _entries(self, logprobs: Iterable[TokenLogprob]) -> ChatLogprobs | None:
        return ChatLogprobs([_entry(one) for one in logprobs]) if self._logprobs else None


class CompletionExchange:
    def __init__(self, model: str, choices: int, *, logprobs: int | None, usage: bool) -> None:
        self.id = f"cmpl-{secrets.token_hex(12)}"
        self._model, self._choices = model, choices
        self._created = int(time.time())
        self._logprobs, self._usage = logprobs, usage
        self._tally = Tally()
        self._offsets: dict[int, int] = {}
        self._texts = TextChunks(lambda index, text: self._chunk(CompletionChoice(index, text)))

    @property
    def usage(self) -> Usage:
        """So far."""
        return self._tally.usage

    def joined(self, prompt: int, joined: Joined) -> Iterable[object]:
        self._tally.join(joined)
        return ()

    def reused(self, reused: Reused) -> None:
        self._tally.reuse(reused)

    def prefill(self, prefill: Prefill) -> None:
        self._tally.prefill(prefill)

    def delta(self, prompt: int, delta: Delta) -> Iterable[object]:
        index = prompt * self._choices + delta.index
        self._tally.add(index, delta)
        if self._logprobs is None and delta.finish is None:
            yield self._texts.event(index, delta.text)
            return
        offset = self._offsets.get(index, 0)
        self._offsets[index] = offset + len(delta.text)
        logprobs = self._lists(delta.logprobs, offset)
        yield self._chunk(CompletionChoice(index, delta.text, delta.finish, logprobs))

    def closing(self) -> Iterable[object]:
        if self._usage:
            yield self._answer([], self._tally.usage)

    def whole(self) -> object:
        choices = [
            CompletionChoice(index, choice.text, choice.finish, self._lists(choice.logprobs, 0))
            for index, choice in sorted(self._tally.choices.items())
        ]
        return self._answer(choices, self._tally.usage)

    def _chunk(self, choice: CompletionChoice) -> Completion:
        usage: UnsetType | None = None if self._usage else UNSET
        return self._answer([choice], usage)

    def _answer(
        self, choices: list[CompletionChoice], usage: Usage | UnsetType | None
    ) -> Completion:
        return Completion(self.id, self._created, self._model, choices, usage)

    def _lists(self, logprobs: Iterable[TokenLogprob], offset: int) -> CompletionLogprobs | None:
        if self._logprobs is None:
            return None
        lists = CompletionLogprobs([], [], [] if self._logprobs else None, [])
        for one in logprobs:
            lists.tokens.append(one.text)
            lists.token_logprobs.append(one.logprob)
            lists.text_offset.append(offset)
            offset += len(one.text)
            if lists.top_logprobs is not None:
                lists.top_logprobs.append(dict(one.top))
        return lists


def _entry(one: TokenLogprob) -> TokenEntry:
    top = [TopEntry(text, logprob, _bytes(text)) for text, logprob in one.top]
    return TokenEntry(one.text, one.logprob, _bytes(one.text), top)


def _bytes(text: str) -> list[int] | None:
    """None for a token that is a piece of a character: its bytes are not in its text."""
    return None if "\ufffd" in text else list(text.encode())
