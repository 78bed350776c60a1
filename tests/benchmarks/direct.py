"""The floor, as a child process: mlx-lm's `BatchGenerator` with no server around it.

    python -m tests.benchmarks.direct CHECKPOINT LIMITS_AS_JSON

Reads one `Trial` a line as JSON and writes its list of `Answer`s as one line. What any caller would
have to do is inside the measured time: chat template, tokenization, and the text of every token.

What it does with `Trial.shared` and `Trial.keep` is what a server might do at best: read what all
prompts begin with once, and go on from a copy; keep what it has read, in mlx-lm's own
`LRUPromptCache`.
"""

from __future__ import annotations

import copy
import os
import sys
from typing import IO, Any

import mlx.core as mx
import msgspec
from mlx_lm import load
from mlx_lm.generate import BatchGenerator
from mlx_lm.models.cache import LRUPromptCache, make_prompt_cache
from msgspec import Struct

from tests.benchmarks.limits import Limits
from tests.benchmarks.trial import Answer, Said, Trial, clock, messages

KEPT_PROMPTS = 8
MODEL = "the only one"


class Floor:
    """One model and one generator, kept from trial to trial as a server keeps them."""

    def __init__(self, path: str, limits: Limits) -> None:
        self._model, self._tokenizer = load(path)
        self._generator = BatchGenerator(
            self._model,
            stop_tokens=[[token] for token in self._tokenizer.eos_token_ids],
            completion_batch_size=limits.batch,
            prefill_batch_size=limits.prefill_batch,
            prefill_step_size=limits.prefill_step_tokens,
        )
        self._step_tokens = limits.prefill_step_tokens
        self._kept = LRUPromptCache(max_size=KEPT_PROMPTS)

    def run(self, trial: Trial) -> list[Answer]:
        start = clock()
        prompts = [self._encode(prompt) for prompt in trial.prompts]
        known = self._known(trial, prompts)
        texts: dict[int, Text] = {}
        late = sorted(range(len(prompts)), key=trial.delay)
        uids: dict[int, int] = {}
        running = len(prompts)
        while running:
            while late and trial.delay(late[0]) <= clock() - start:
                due = [at for at in late if trial.delay(at) <= clock() - start]
                late = late[len(due) :]
                uids |= zip(due, self._insert(trial, prompts, known, due), strict=True)
                texts |= {uids[at]: Text(self._tokenizer.detokenizer) for at in due}
            for response in self._generator.next_generated():
                texts[response.uid].add(response.token)
                running -= response.finish_reason is not None
                if trial.keep and response.finish_reason is not None:
                    self._kept.insert_cache(MODEL, response.all_tokens, response.prompt_cache)
        return [
            texts[uids[at]].answer(start, trial.delay(at), len(prompt), trial.stream)
            for at, prompt in enumerate(prompts)
        ]

    def _insert(
        self, trial: Trial, prompts: list[list[int]], known: list[Known], due: list[int]
    ) -> list[int]:
        rest = [prompts[at][known[at].tokens :] for at in due]
        caches = [known[at].cache for at in due]
        read = [prompts[at][: known[at].tokens] for at in due]
        lengths = [trial.length(at) for at in due]
        return list(self._generator.insert(rest, lengths, caches=caches, all_tokens=read))

    def _known(self, trial: Trial, prompts: list[list[int]]) -> list[Known]:
        if trial.shared:
            return self._read_once(prompts)
        return [self._nearest(prompt) if trial.keep else Known() for prompt in prompts]

    def _read_once(self, prompts: list[list[int]]) -> list[Known]:
        """What all begin with, a copy for each."""
        places = zip(*prompts, strict=False)
        common = next((at for at, tokens in enumerate(places) if len(set(tokens)) > 1), 0)
        cache = make_prompt_cache(self._model)
        for at in range(0, common, self._step_tokens):
            self._model(mx.array([prompts[0][at : min(common, at + self._step_tokens)]]), cache)
            mx.eval([layer.state for layer in cache])
        return [Known(common, copy.deepcopy(cache)) for _ in prompts]

    def _nearest(self, prompt: list[int]) -> Known:
        cache, rest = self._kept.fetch_nearest_cache(MODEL, prompt)
        return Known() if cache is None else Known(len(prompt) - len(rest), cache)

    def _encode(self, said: Said) -> list[int]:
        return list(self._tokenizer.apply_chat_template(messages(said), add_generation_prompt=True))


class Known(Struct):
    """So many of a prompt's tokens have been read, into `cache`."""

    tokens: int = 0
    cache: Any = None


class Text:
    """The text of one sequence as it grows, and when it did."""

    def __init__(self, detokenizer: Any) -> None:
        self._detokenizer = detokenizer
        self._tokens = 0
        self._segments: list[str] = []
        self._stamps: list[float] = []

    def add(self, token: int) -> None:
        self._detokenizer.add_token(token)
        self._tokens += 1
        segment = self._detokenizer.last_segment
        if segment:
            self._segments.append(segment)
            self._stamps.append(clock())

    def answer(self, start: float, sent: float, prompt_tokens: int, stream: bool) -> Answer:
        stamps = tuple(stamp - start for stamp in self._stamps)
        return Answer(
            prompt_tokens=prompt_tokens,
            answer_tokens=self._tokens,
            start_seconds=sent,
            first_seconds=stamps[0 if stream else -1],
            last_seconds=stamps[-1],
            text="".join(self._segments),
            stamps=stamps,
        )


def serve(floor: Floor, trials: IO[str], answers: IO[bytes]) -> None:
    """Answer until the trials end; an empty line first says that the model is loaded."""
    answers.write(b"\n")
    answers.flush()
    for line in trials:
        answers.write(msgspec.json.encode(floor.run(msgspec.json.decode(line, type=Trial))) + b"\n")
        answers.flush()


def take_stdout() -> IO[bytes]:
    """Our own channel to the parent: whatever the libraries print goes to stderr from here on."""
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return channel


if __name__ == "__main__":
    channel = take_stdout()
    serve(Floor(sys.argv[1], msgspec.json.decode(sys.argv[2], type=Limits)), sys.stdin, channel)
