"""Ask a worker and read the whole answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mlx_jupyter.messages import (
    Delta,
    Generate,
    Joined,
    Prefill,
    Reused,
    Sampling,
    TokenLogprob,
)
from mlx_jupyter.pool.stream import Item, Stream
from mlx_jupyter.pool.worker_link import WorkerLink


@dataclass
class Choice:
    text: str = ""
    tokens: int = 0
    finish: str | None = None
    reasoning: str = ""
    reasoning_tokens: int = 0
    accepted_tokens: int = 0
    rejected_tokens: int = 0
    pieces: list[str] = field(default_factory=list)
    logprobs: list[TokenLogprob] = field(default_factory=list)


@dataclass
class Whole:
    prompt_tokens: int = 0
    image_tokens: int = 0
    reused_tokens: int | None = None
    prefills: list[Prefill] = field(default_factory=list)
    choices: dict[int, Choice] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return self.choices[0].text

    @property
    def known_image_tokens(self) -> int:
        return max((one.known_image_tokens for one in self.prefills), default=0)

    @property
    def finish(self) -> str | None:
        return self.choices[0].finish


def request(question: str, *, sampling: Sampling | None = None, **fields: Any) -> Generate:
    """A chat of one question, greedy unless `sampling` is given."""
    return Generate(
        id=0,
        sampling=sampling or Sampling(seed=0, temperature=0.0),
        messages=[{"role": "user", "content": question}],
        **fields,
    )


async def read(stream: Stream) -> Whole:
    whole = Whole()
    _overhear(stream, whole.prefills)
    with stream:
        while items := await stream.take():
            for item in items:
                _add(whole, item)
    return whole


async def ask(link: WorkerLink, question: str, **fields: Any) -> Whole:
    return await read(link.generate(request(question, **fields)))


def _overhear(stream: Stream, prefills: list[Prefill]) -> None:
    """All reports: of those that wait for a slow reader the stream keeps the last alone."""
    put = stream.put

    def overheard(item: Item) -> None:
        if isinstance(item, Prefill):
            prefills.append(item)
        put(item)

    vars(stream)["put"] = overheard


def _add(whole: Whole, item: Joined | Reused | Prefill | Delta) -> None:
    match item:
        case Joined():
            whole.prompt_tokens = item.prompt_tokens
            whole.image_tokens = item.image_tokens
        case Reused():
            assert whole.reused_tokens is None
            whole.reused_tokens = item.tokens
        case Delta():
            choice = whole.choices.setdefault(item.index, Choice())
            choice.text += item.text
            choice.tokens += item.tokens
            choice.finish = item.finish
            choice.reasoning += item.reasoning
            choice.reasoning_tokens += item.reasoning_tokens
            choice.accepted_tokens += item.accepted_tokens
            choice.rejected_tokens += item.rejected_tokens
            choice.pieces.append(item.text)
            choice.logprobs.extend(item.logprobs)
