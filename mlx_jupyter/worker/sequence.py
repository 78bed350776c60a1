"""One choice of one request while it decodes: tokens in, certain text out."""

from __future__ import annotations

from collections.abc import Sequence as Tokens
from dataclasses import dataclass, field

from mlx_lm.tokenizer_utils import StreamingDetokenizer

from mlx_jupyter.messages import Delta, TokenLogprob
from mlx_jupyter.worker.sampling import Guarded
from mlx_jupyter.worker.stop import StopMatcher
from mlx_jupyter.worker.thinking import Said
from mlx_jupyter.worker.thoughts import Thoughts

__all__ = ["Sequence"]


@dataclass
class Sequence:
    """`request` and `index` name the choice; `top_logprobs` is None where none are wanted.
    `ends` are tokens that end this choice beside those that end every one of the model.
    `thoughts` are there until it is certain that no more come, for models that think.

    Stop texts and logprobs are the answer's alone: a stop text in a thought would end it before the
    answer (vLLM issue 52393). A logprob leaves together with the last character of its token, so
    that a client never sees the logprobs of text that a stop text cuts off.
    """

    request: int
    index: int
    detokenizer: StreamingDetokenizer
    stop: StopMatcher
    processors: Tokens[Guarded] = ()
    top_logprobs: int | None = None
    ends: frozenset[int] = frozenset()
    thoughts: Thoughts | None = None
    fault: Exception | None = None
    _unsent_tokens: int = 0
    _unsent_accepted: int = 0
    _unsent_rejected: int = 0
    _decoded: int = 0
    _released: int = 0
    _trims: bool = False
    _pending: list[tuple[int, TokenLogprob]] = field(default_factory=list)

    @property
    def error(self) -> Exception | None:
        """What this choice's own detokenizer or one of its processors raised."""
        return self.fault or next((guard.error for guard in self.processors if guard.error), None)

    @property
    def wants_logprobs(self) -> bool:
        """Of the next token."""
        return self.top_logprobs is not None and not (self.thoughts and self.thoughts.happened)

    def drafted(self, accepted: bool, rejected: int) -> None:
        """Of the token that is pushed next: a draft wrote it ahead, and more of them in vain."""
        self._unsent_accepted += accepted
        self._unsent_rejected += rejected

    def push(self, token: int, finish: str | None, logprob: TokenLogprob | None) -> Delta | None:
        """One sampled token; `finish` is mlx-lm's, where "stop" means that `token` ends the turn.

        Returns None while there is nothing to say: text is held back and the answer goes on.
        """
        self._unsent_tokens += 1
        finish = "stop" if token in self.ends else finish
        if self.thoughts is not None:
            return self._sift(self.thoughts, Said(token, logprob), finish)
        text, stopped = ("", False) if finish == "stop" else self._write(token, logprob)
        return self._go_on(text, finish, stopped)

    def _sift(self, thoughts: Thoughts, said: Said, finish: str | None) -> Delta | None:
        answer = [] if finish == "stop" else thoughts.push(said)
        if finish is not None:
            answer += thoughts.end()
        if thoughts.over:
            self.thoughts, self._trims = None, thoughts.happened
        text, stopped = "", False
        for token, logprob in answer:
            more, stopped = ("", True) if stopped else self._write(token, logprob)
            text += more
        return self._go_on(text, finish, stopped, *thoughts.take())

    def _go_on(
        self,
        text: str,
        finish: str | None,
        stopped: bool,
        reasoning: str = "",
        reasoning_tokens: int = 0,
    ) -> Delta | None:
        if finish is not None and not stopped:
            rest, stopped = self._rest()
            text += rest
        return self._delta(text, "stop" if stopped else finish, reasoning, reasoning_tokens)

    def _write(self, token: int, logprob: TokenLogprob | None) -> tuple[str, bool]:
        self.detokenizer.add_token(token)
        return self._match(logprob)

    def _match(self, logprob: TokenLogprob | None = None) -> tuple[str, bool]:
        segment = self.detokenizer.last_segment
        if self._trims and segment:  # the blanks after the thoughts are no part of the answer
            segment = segment.lstrip()
            self._trims = not segment
            logprob = logprob if segment else None
        self._decoded += len(segment)
        if logprob is not None:
            self._pending.append((self._decoded, logprob))
        return self.stop.push(segment)

    def _rest(self) -> tuple[str, bool]:
        """What detokenizer and matcher hold back, once nothing more will come."""
        self.detokenizer.finalize()
        text, stopped = self._match()
        return (text, True) if stopped else (text + self.stop.flush(), False)

    def _delta(
        self, text: str, finish: str | None, reasoning: str, reasoning_tokens: int
    ) -> Delta | None:
        self._released += len(text)
        logprobs = self._due_logprobs(at_end=finish is not None)
        if not (text or reasoning or logprobs or reasoning_tokens) and finish is None:
            return None
        tokens, self._unsent_tokens = self._unsent_tokens, 0
        accepted, self._unsent_accepted = self._unsent_accepted, 0
        rejected, self._unsent_rejected = self._unsent_rejected, 0
        return Delta(
            self.request,
            self.index,
            text,
            tokens,
            finish,
            logprobs,
            reasoning,
            reasoning_tokens,
            accepted,
            rejected,
        )

    def _due_logprobs(self, *, at_end: bool) -> tuple[TokenLogprob, ...]:
        due = 0
        for end, _ in self._pending:
            if end > self._released:
                break
            due += 1
        logprobs = tuple(logprob for _, logprob in self._pending[:due])
        self._pending = [] if at_end else self._pending[due:]
        return logprobs
