"""The floor, as a child process: mlx-lm's `BatchGenerator` with no server around it.

    python -m tests.benchmarks.direct CHECKPOINT LIMITS_AS_JSON

Reads one `Trial` a line as JSON and writes its list of `Answer`s as one line. What any caller would
have to do is inside the measured time: chat template, tokenization, and the text of every token.
"""

from __future__ import annotations

import os
import sys
from typing import IO, Any

import msgspec
from mlx_lm import load
from mlx_lm.generate import BatchGenerator

from tests.benchmarks.limits import Limits
from tests.benchmarks.trial import Answer, Trial, clock


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

    def run(self, trial: Trial) -> list[Answer]:
        start = clock()
        prompts = [self._encode(prompt) for prompt in trial.prompts]
        uids = self._generator.insert(prompts, [trial.answer_tokens] * len(prompts))
        texts = {uid: Text(self._tokenizer.detokenizer) for uid in uids}
        running = len(uids)
        while running:
            for response in self._generator.next_generated():
                texts[response.uid].add(response.token)
                running -= response.finish_reason is not None
        return [
            texts[uid].answer(start, len(prompt), trial.stream)
            for uid, prompt in zip(uids, prompts, strict=True)
        ]

    def _encode(self, prompt: str) -> list[int]:
        messages = [{"role": "user", "content": prompt}]
        return list(self._tokenizer.apply_chat_template(messages, add_generation_prompt=True))


class Text:
    """The text of one sequence as it grows, and when it did."""

    def __init__(self, detokenizer: Any) -> None:
        self._detokenizer = detokenizer
        self._tokens = 0
        self._segments: list[str] = []
        self._first = self._last = 0.0

    def add(self, token: int) -> None:
        self._detokenizer.add_token(token)
        self._tokens += 1
        segment = self._detokenizer.last_segment
        if segment:
            self._segments.append(segment)
            self._last = clock()
            self._first = self._first or self._last

    def answer(self, start: float, prompt_tokens: int, stream: bool) -> Answer:
        return Answer(
            prompt_tokens=prompt_tokens,
            answer_tokens=self._tokens,
            start_seconds=0.0,
            first_seconds=(self._first if stream else self._last) - start,
            last_seconds=self._last - start,
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
