"""Embeddings: requests for vectors take turns, a micro-batch each.

A step tokenizes for a moment, a slice of each request in turn, and computes one micro-batch: a
request of one text waits for that much of each neighbour at most, however large they are. Small
requests that wait at the same time go through the model together.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import mlx.core as mx
import numpy as np

from mlx_jupyter.catalog.sentence import prompt_for
from mlx_jupyter.errors import InvalidRequest, MLXJupyterError, WrongKind
from mlx_jupyter.inputs import inputs_in
from mlx_jupyter.messages import (
    Embed,
    Failed,
    Generate,
    Joined,
    Load,
    Picture,
    Piece,
    Step,
    Vectors,
)
from mlx_jupyter.worker.embedding_job import FRAME_BYTES, Job
from mlx_jupyter.worker.embedding_loading import EmbeddingModel, load_embedding, load_reader
from mlx_jupyter.worker.embedding_text import QUERY, Name, Row
from mlx_jupyter.worker.engine import Engine
from mlx_jupyter.worker.lexer import EmbeddingLexer, Lexer
from mlx_jupyter.worker.micro_batch import Limits, Pace
from mlx_jupyter.worker.reading import shed

__all__ = ["EmbeddingEngine", "make_engine", "make_lexer"]

MOST_TOKENS = {"cpu": 1024, "gpu": 8192}
"""Of a micro-batch, padding included: what BERT's attention keeps grows with it."""
READ_SECONDS = 0.01
MOST_PADDED = 1.25
"""By how much padding may make a micro-batch of several requests larger."""
MOST_KEPT_BYTES, KEPT_BYTES = 512 * 2**20, 64 * 2**20
"""Of buffers that MLX keeps for reuse: batches have many sizes. The second is while nobody asks."""
_NO_NUMBERS = "The model made vectors that are no numbers: its files may be damaged."


def make_engine(command: Load, look_for_cancels: Callable[[], None]) -> Engine:
    """Raises what the loader has to say."""
    if command.adapter is not None:
        raise InvalidRequest("Adapters are for text and vision models.", param="model")
    mx.set_cache_limit(MOST_KEPT_BYTES)
    model = load_embedding(
        Path(command.path),
        trusted=command.trusted,
        workspace_bytes=command.workspace_bytes,
        float32=command.float32,
    )
    return EmbeddingEngine(model)


def make_lexer(command: Load) -> Lexer:
    """As `make_engine`, without the weights."""
    return EmbeddingLexer(
        load_reader(
            Path(command.path), trusted=command.trusted, workspace_bytes=command.workspace_bytes
        )
    )


class EmbeddingEngine:
    patience_seconds = 0.0
    prompt_cache = None
    image_cache_bytes = 0

    def __init__(self, model: EmbeddingModel) -> None:
        self._model, self._reader, self._sentence = model.model, model.reader, model.sentence
        self._pace = Pace(MOST_TOKENS[mx.default_device().type.name])
        self._was_new = False
        """Was the last turn that of a request that had none before?"""
        self._jobs: OrderedDict[int, Job] = OrderedDict()
        self._joined: list[Joined] = []
        self._failed: list[Failed] = []
        self._outbox: deque[Vectors] = deque()

    @property
    def context_length(self) -> int:
        return self._reader.context_length

    @property
    def lexer(self) -> Lexer:
        return EmbeddingLexer(self._reader)

    @property
    def busy(self) -> bool:
        said = self._joined or self._failed or self._outbox
        return bool(said) or any(job.ready or not job.read for job in self._jobs.values())

    @property
    def underway(self) -> bool:
        return self.busy

    def join(self, request: Generate | Embed, attached: Sequence[Picture | Piece] = ()) -> None:
        if not isinstance(request, Embed):
            raise WrongKind("This model does not answer: it makes embeddings.", param="model")
        self._check(request)
        data = b"".join(piece.data for piece in attached if isinstance(piece, Piece))
        inputs = inputs_in(data, _field(request))
        if isinstance(inputs[0], list):
            self._check_ids(request)
        self._jobs[request.id] = Job(request, inputs)

    def taken(self, request: int, rows: int) -> None:
        if request in self._jobs:
            self._jobs[request].take(rows)

    def cancel(self, request: int) -> None:
        self._jobs.pop(request, None)
        self._outbox = deque(one for one in self._outbox if one.id != request)
        self._joined = [one for one in self._joined if one.id != request]

    def fail(self, request: int, error: MLXJupyterError) -> None:
        self.cancel(request)
        code = error.code or "server_error"
        self._failed.append(Failed(request, code, error.message, error.param))

    def fail_all(self, error: MLXJupyterError) -> None:
        for request in list(self._jobs):
            self.fail(request, error)

    def shed(self) -> None:
        """There is nothing here that is kept only for speed."""

    def step(self) -> Step:
        if not self._outbox:
            self._read_some()
            self._compute_some()
        said = Step(
            joined=tuple(self._joined), failed=tuple(self._failed), vectors=self._next_frames()
        )
        self._joined, self._failed = [], []
        if not self._jobs and mx.get_cache_memory() > KEPT_BYTES:
            shed()
        return said

    def _next_frames(self) -> tuple[Vectors, ...]:
        """About as much as one frame may have: the server reads them on Jupyter's loop."""
        frames: list[Vectors] = []
        while self._outbox and sum(len(one.data) for one in frames) < FRAME_BYTES:
            frames.append(self._outbox.popleft())
        return tuple(frames)

    def _check(self, request: Embed) -> None:
        if self._model.ranks and request.query is None:
            raise WrongKind(
                "This model is a cross-encoder: it makes no vectors, it ranks. Use v1/rerank.",
                param="model",
            )
        if request.dimensions is not None and not 0 < request.dimensions <= self._model.width:
            raise InvalidRequest(
                f"This model's vectors have {self._model.width} dimensions, not "
                f"{request.dimensions}.",
                param="dimensions",
            )
        self._prompt(request)

    def _check_ids(self, request: Embed) -> None:
        """They are taken as they are: nothing can go before them."""
        if self._model.ranks:
            raise InvalidRequest("A cross-encoder takes texts, not token ids.", param="documents")
        if request.input_type and self._prompt(request):
            raise InvalidRequest(
                "Token ids take no prompt: leave out 'input_type'.", param="input_type"
            )

    def _prompt(self, request: Embed) -> str:
        """Of a text that is ranked, the one for documents."""
        if self._model.ranks:
            return ""
        ranked = "document" if request.query is not None else None
        return prompt_for(self._sentence, request.input_type or ranked)

    def _read_some(self) -> None:
        """For a moment: so requests that came together are computed together."""
        started = time.perf_counter()
        while time.perf_counter() - started < READ_SECONDS:
            job = next((job for job in self._jobs.values() if not job.read), None)
            if job is None:
                return
            self._read(job)

    def _read(self, job: Job) -> None:
        request = job.request
        inputs, first = job.next_slice()
        field = _field(request)
        try:
            rows = self._reader.read(
                inputs,
                lambda at: Name(f"{field}[{first + at}]", field),
                prompt=self._prompt(request),
                query=request.query if self._model.ranks else None,
                truncate=request.truncate,
                include_prompt=self._sentence.include_prompt,
            )
        except MLXJupyterError as error:
            self.fail(request.id, error)
            return
        job.add(rows)
        self._jobs.move_to_end(request.id)
        if job.read:
            self._begin(job)

    def _begin(self, job: Job) -> None:
        tokens, query = job.tokens, job.request.query
        if query is not None and not self._model.ranks:
            prompt = prompt_for(self._sentence, "query")
            try:
                (row,) = self._reader.read(
                    [query], lambda at: QUERY, prompt=prompt, truncate=job.request.truncate
                )
            except MLXJupyterError as error:
                self.fail(job.request.id, error)
                return
            tokens += len(row)
            job.query = self._model.vectors([row], dimensions=job.request.dimensions)[0]
        self._joined.append(Joined(job.request.id, tokens))

    def _compute_some(self) -> None:
        """One micro-batch: the next of whose turn it is, and with it the last ones of others that
        are hardly longer or shorter."""
        first = self._next_in_turn()
        if first is None:
            return
        limits = self._pace.limits
        parts = [(first, first.next_batch(limits))]
        size = _Size.of(first.rows(parts[0][1]))
        for job in self._jobs.values():
            alike = job is not first and _manner(job) == _manner(first)
            if alike and (batch := job.last_batch(limits)):
                both = size.plus(_Size.of(job.rows(batch)))
                if both.fits(limits):
                    parts.append((job, job.next_batch(limits)))
                    size = both
        started = time.perf_counter()
        self._compute(parts)
        self._pace.took(size.rows * size.longest, time.perf_counter() - started)

    def _next_in_turn(self) -> Job | None:
        """Whoever has waited longest; but a new request comes before a large one's next batch, if
        that is not twice in a row."""
        ready = [job for job in self._jobs.values() if job.ready]
        new = next((job for job in ready if not job.begun), None)
        self._was_new = new is not None and not self._was_new
        return new if self._was_new else next(iter(ready), None)

    def _compute(self, parts: Sequence[tuple[Job, Sequence[int]]]) -> None:
        rows: list[Row] = [row for job, places in parts for row in job.rows(places)]
        dimensions, normalize = _manner(parts[0][0])
        vectors = self._model.vectors(rows, dimensions=dimensions, normalize=normalize)
        at = 0
        for job, places in parts:
            own = vectors[at : at + len(places)]
            at += len(places)
            if not np.isfinite(own).all():
                self.fail(job.request.id, MLXJupyterError(_NO_NUMBERS))
                continue
            if job.query is not None:
                own = np.clip(own @ job.query, -1, 1)[:, np.newaxis]
            self._outbox.extend(job.put(places, own))
            if job.done:
                del self._jobs[job.request.id]
            else:
                self._jobs.move_to_end(job.request.id)


class _Size(NamedTuple):
    """Of a micro-batch: `tokens` without padding."""

    rows: int
    longest: int
    tokens: int

    @classmethod
    def of(cls, rows: Sequence[Row]) -> _Size:
        lengths = [len(row) for row in rows]
        return cls(len(rows), max(lengths), sum(lengths))

    def plus(self, other: _Size) -> _Size:
        longest = max(self.longest, other.longest)
        return _Size(self.rows + other.rows, longest, self.tokens + other.tokens)

    def fits(self, limits: Limits) -> bool:
        padded = self.rows * self.longest
        few = padded - self.tokens <= limits.padding or padded <= MOST_PADDED * self.tokens
        return few and padded <= limits.tokens


def _field(request: Embed) -> str:
    """Where the HTTP request has the inputs."""
    return "input" if request.query is None else "documents"


def _manner(job: Job) -> tuple[int | None, bool]:
    """What has to be the same for rows of two requests to be computed together."""
    return job.request.dimensions, job.request.normalize or job.query is not None
