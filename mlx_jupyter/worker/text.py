"""Text generation: requests join and leave one running batch (mlx-lm's `BatchGenerator`).

Prefill goes in chunks of at most `PREFILL_TOKENS` a sequence, so a cancel waits for one chunk at
most and decoding neighbours are not held up for longer. The prefill of a whole wave runs together
(`prefill_batch_size` = `max_batch`): in two halves, the second half's first tokens would come twice
as late. For the same reason an idle model waits for a moment, at most 2 % of what the prefill will
take and 5 ms, for requests that come together (several cells, a map over a column): over HTTP they
arrive a millisecond apart, and a lone first one would hold all the others up for its whole prefill.

`n` choices cost one prefill: the leader's cache is taken when only its last prompt token is left,
and the others start from copies of it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import mlx.core as mx
from mlx_lm.generate import BatchGenerator, GenerationBatch, PromptProcessingBatch

from mlx_jupyter.errors import InvalidRequest, MLXJupyterError
from mlx_jupyter.messages import Delta, Failed, Generate, Joined, Prefill, Step, TokenLogprob
from mlx_jupyter.worker.loading import TextModel
from mlx_jupyter.worker.prompt import budget, refuse_endless, tokenize
from mlx_jupyter.worker.sampling import make_processors, make_sampler, recipe
from mlx_jupyter.worker.sequence import Sequence
from mlx_jupyter.worker.stop import StopMatcher

__all__ = ["TextEngine"]

PREFILL_TOKENS = 512
PATIENCE_SHARE, MOST_PATIENCE_SECONDS = 0.02, 0.005


@dataclass
class _Choices:
    """A request whose prompt is known; `waiting` are choices that start from the leader's cache."""

    request: Generate
    prompt: list[int]
    max_tokens: int
    uids: set[int] = field(default_factory=set)
    waiting: list[int] = field(default_factory=list)


class TextEngine:
    def __init__(self, text: TextModel, max_batch: int) -> None:
        self._text = text
        self._max_batch = max_batch
        self._batch = self._new_batch()
        self._requests: dict[int, _Choices] = {}
        self._sequences: dict[int, Sequence] = {}
        self._joined: list[Joined] = []
        self._failed: list[Failed] = []
        self._underway = False
        self._fresh_tokens = 0
        self._prefill_seconds_a_token = 0.0

    @property
    def patience_seconds(self) -> float:
        """How long the prefill that is about to begin waits for neighbours to share it."""
        if self._underway:
            return 0.0
        expected_seconds = self._fresh_tokens * self._prefill_seconds_a_token
        return min(PATIENCE_SHARE * expected_seconds, MOST_PATIENCE_SECONDS)

    @property
    def underway(self) -> bool:
        """Are there sequences that wait for the next step?"""
        return self._underway

    @property
    def busy(self) -> bool:
        """Is there a step to do, or something to say?"""
        return bool(self._sequences or self._failed or self._joined)

    def join(self, request: Generate) -> None:
        """Take the request into the batch. Raises `InvalidRequest` where it cannot be served."""
        choices = self._prepare(request)
        self._requests[request.id] = choices
        forks = request.n > 1 and len(choices.prompt) > 1
        self._insert(choices, [0] if forks else list(range(request.n)))
        choices.waiting = list(range(1, request.n)) if forks else []
        self._joined.append(Joined(request.id, len(choices.prompt)))
        self._fresh_tokens += min(len(choices.prompt), PREFILL_TOKENS)

    def fail(self, request: int, error: MLXJupyterError) -> None:
        """End the request with an error, which the next step says."""
        self.cancel(request)
        code = error.code or "server_error"
        self._failed.append(Failed(request, code, error.message, error.param))

    def cancel(self, request: int) -> None:
        """Take the request out, wherever it is; one that is not there is no error."""
        choices = self._requests.pop(request, None)
        if choices is not None:
            self._batch.remove(list(choices.uids))
            for uid in choices.uids:
                del self._sequences[uid]

    def step(self) -> Step:
        """One turn for all sequences: a decoding step and a prefill chunk."""
        prompts, tokens = self._next() if self._sequences else ([], [])
        prefills = [report for prompt in prompts if (report := self._prefilled(prompt))]
        deltas = [delta for token in tokens if (delta := self._advance(token))]
        self._fail_the_guarded()
        step = Step(tuple(deltas), tuple(self._joined), tuple(prefills), tuple(self._failed))
        self._joined, self._failed = [], []
        self._underway, self._fresh_tokens = bool(self._sequences), 0
        return step

    def _next(self) -> tuple[list[PromptProcessingBatch.Response], list[GenerationBatch.Response]]:
        started = time.perf_counter()
        responses = self._batch.next()
        if not self._underway and self._fresh_tokens:
            seconds = time.perf_counter() - started
            self._prefill_seconds_a_token = seconds / self._fresh_tokens
        return responses

    def fail_all(self, error: MLXJupyterError) -> None:
        """After an exception in the midst of a step the batch is in no known state: start anew."""
        # Closed first: closing sets back the wired limit of Metal that a new one raises.
        self._batch.close()
        broken, self._batch = self._requests, self._new_batch()
        self._requests, self._sequences = {}, {}
        for request in broken:
            self.fail(request, error)

    def _new_batch(self) -> BatchGenerator:
        return BatchGenerator(
            self._text.model,
            stop_tokens=[[token] for token in self._text.end_tokens],
            completion_batch_size=self._max_batch,
            prefill_batch_size=self._max_batch,
            prefill_step_size=PREFILL_TOKENS,
        )

    def _prepare(self, request: Generate) -> _Choices:
        bad = [token for token in request.sampling.logit_bias if token >= self._text.vocabulary]
        if bad:
            message = f"logit_bias: token id {bad[0]} is not in the vocabulary."
            raise InvalidRequest(message, param="logit_bias")
        refuse_endless(request, self._text.longest_prompt_characters)
        prompt = tokenize(self._text.tokenizer, request, self._text.vocabulary)
        room = budget(len(prompt), request, self._text.context_length)
        return _Choices(request, prompt, room)

    def _insert(self, choices: _Choices, indices: list[int], leader: int | None = None) -> None:
        """Put choices into the batch: with the whole prompt, or on copies of the leader's cache."""
        for index in indices:
            sequence, sampler = self._sequence(choices, index)
            cache, known = None, list[int]()
            if leader is not None:
                cache, known = self._batch.extract_cache([leader])[leader]
            (uid,) = self._batch.insert(
                [choices.prompt[len(known) :]],
                [choices.max_tokens],
                caches=[cache] if cache else None,
                all_tokens=[list(known)],
                samplers=[sampler],
                logits_processors=[list(sequence.processors)],
            )
            self._sequences[uid] = sequence
            choices.uids.add(uid)

    def _sequence(self, choices: _Choices, index: int) -> tuple[Sequence, object]:
        request = choices.request
        settings = recipe(request.sampling, self._text.defaults)
        sampler = make_sampler(settings, request.sampling.seed + index, self._text.vocabulary)
        sequence = Sequence(
            request=request.id,
            index=index,
            detokenizer=self._text.tokenizer.detokenizer,
            stop=StopMatcher(request.stop),
            processors=make_processors(request.sampling, settings, len(choices.prompt)),
            top_logprobs=request.top_logprobs,
        )
        return sequence, sampler

    def _prefilled(self, prompt: PromptProcessingBatch.Response) -> Prefill | None:
        sequence = self._sequences[prompt.uid]
        done, total = prompt.progress
        choices = self._requests[sequence.request]
        if choices.waiting and done == total - 1:
            self._insert(choices, choices.waiting, leader=prompt.uid)
            choices.waiting = []
        if prompt.end_of_prompt or sequence.index > 0:
            return None
        return Prefill(sequence.request, done, total)

    def _advance(self, sampled: GenerationBatch.Response) -> Delta | None:
        sequence = self._sequences[sampled.uid]
        logprob = self._logprob(sequence, sampled)
        try:
            delta = sequence.push(sampled.token, sampled.finish_reason, logprob)
        except (LookupError, ValueError) as error:  # a token that the detokenizer does not know
            sequence.fault = error
            return None
        if delta is not None and delta.finish is not None:
            if sampled.finish_reason is None:
                self._batch.remove([sampled.uid])
            self._forget(sampled.uid)
        return delta

    def _forget(self, uid: int) -> None:
        request = self._sequences.pop(uid).request
        choices = self._requests[request]
        choices.uids.discard(uid)
        if not choices.uids and not choices.waiting:
            del self._requests[request]

    def _logprob(
        self, sequence: Sequence, sampled: GenerationBatch.Response
    ) -> TokenLogprob | None:
        if sequence.top_logprobs is None or sampled.finish_reason == "stop":
            return None
        row = sampled.logprobs
        top = _largest(row, sequence.top_logprobs)
        return TokenLogprob(
            self._token_text(sampled.token),
            row[sampled.token].item(),
            tuple((self._token_text(token), row[token].item()) for token in top),
        )

    def _token_text(self, token: int) -> str:
        return str(self._text.tokenizer.decode([token]))

    def _fail_the_guarded(self) -> None:
        broken = {s.request: s.error for s in self._sequences.values() if s.error is not None}
        for request, error in broken.items():
            self.fail(
                request, MLXJupyterError(f"The request failed as it was generated: {error!r}")
            )


def _largest(row: mx.array, count: int) -> Iterable[int]:
    """The `count` likeliest tokens, likeliest first."""
    if not count:
        return []
    head = mx.argpartition(-row, kth=count - 1)[:count]
    return list(head[mx.argsort(-row[head])].tolist())  # type: ignore[arg-type]
