"""The worker's main thread: take commands, take a step, send it. MLX lives on this thread alone."""

from __future__ import annotations

import gc
import importlib
import time
from collections import deque
from pathlib import Path

import mlx.core as mx

import mlx_jupyter.worker.text  # ahead of the load, for which a spare worker waits
from mlx_jupyter.errors import LoadFailed, MLXJupyterError
from mlx_jupyter.messages import (
    Cancel,
    Command,
    Detokenize,
    Embed,
    Failed,
    Generate,
    LimitPromptCache,
    Load,
    Loaded,
    Picture,
    Piece,
    Ping,
    Pong,
    Reading,
    Report,
    Shed,
    Step,
    Taken,
    Tokenize,
)
from mlx_jupyter.messages import LoadFailed as LoadFailedEvent
from mlx_jupyter.worker.channel import Channel
from mlx_jupyter.worker.engine import Engine
from mlx_jupyter.worker.generation import unreadable
from mlx_jupyter.worker.lexer import Lexer, answer
from mlx_jupyter.worker.prompt_cache import PromptCache
from mlx_jupyter.worker.reading import hello, reading, shed

__all__ = ["Worker"]

MAKERS = {
    "text": mlx_jupyter.worker.text.__name__,
    "vision": "mlx_jupyter.worker.vision",
    "embedding": "mlx_jupyter.worker.embedding",
}
"""The module that makes the engine, or the lexer, of a kind. By name: a library that another kind
needs may not be installed, and importing it takes time and memory."""
JOIN_SECONDS = 0.02
REPORT_SECONDS = 1.0


class Worker:
    """Says hello, loads one model when told to, and then serves it until the socket closes."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._engine: Engine | None = None
        self._lexer: Lexer | None = None
        self._attached: dict[int, list[Picture | Piece]] = {}
        self._pending: deque[Command] = deque()
        self._reported_at = 0.0
        self._at_rest = True

    def run(self) -> None:
        self._channel.send(hello())
        while True:
            self._take_commands()
            self._step()

    def _take_commands(self) -> None:
        """Until nothing more comes: while one request is tokenized its neighbours arrive, and who
        is in before the step shares its prefill. But sequences that decode wait for no more than
        `JOIN_SECONDS`, and a cancel never waits behind a prompt."""
        started = time.perf_counter()
        self._receive(0.0 if self._pending else self._patience_seconds)
        while self._pending:
            self._obey(self._pending.popleft())
            if self._must_step and time.perf_counter() - started > JOIN_SECONDS:
                return
            self._receive(0.0 if self._pending else self._patience_seconds)

    def _receive(self, timeout_seconds: float | None) -> None:
        for command in self._channel.receive(timeout_seconds):
            if isinstance(command, Picture | Piece):
                self._attached.setdefault(command.id, []).append(command)
            elif isinstance(command, Cancel):
                self._attached.pop(command.id, None)
                waiting = (one for one in self._pending if getattr(one, "id", 0) != command.id)
                self._pending = deque(waiting)
                self._obey(command)
            else:
                self._pending.append(command)

    def _look_for_cancels(self) -> None:
        """In the midst of a long step; who asks whether this process lives is told, too, and all
        else waits for the step's end."""
        self._receive(0.0)
        pings = [command for command in self._pending if isinstance(command, Ping)]
        self._pending = deque(one for one in self._pending if not isinstance(one, Ping))
        for ping in pings:
            self._obey(ping)

    @property
    def _must_step(self) -> bool:
        return self._engine is not None and self._engine.underway

    @property
    def _patience_seconds(self) -> float | None:
        """None while there is nothing to do."""
        if self._engine is None:
            return None
        if self._engine.busy:
            return self._engine.patience_seconds
        return self._cache.rest_seconds if self._cache else None

    def _obey(self, command: Command) -> None:
        match command:
            case Load():
                self._load(command)
            case Generate() | Embed() if self._engine is not None:
                self._join(self._engine, command)
            case Taken() if self._engine is not None:
                self._engine.taken(command.id, command.rows)
            case Cancel() if self._engine is not None:
                self._engine.cancel(command.id)
            case Tokenize() | Detokenize() if self._lexer is not None:
                self._spell(self._lexer, command)
            case Ping():
                self._channel.send(Pong(command.id, self._reading()))
            case LimitPromptCache() | Shed():
                self._give_back(command)

    def _give_back(self, command: LimitPromptCache | Shed) -> None:
        before_bytes = self._cache_bytes
        if isinstance(command, Shed) and self._engine is not None:
            self._engine.shed()
        elif isinstance(command, LimitPromptCache) and (cache := self._cache) is not None:
            cache.limit(command.max_bytes)
        if isinstance(command, Shed) or self._cache_bytes < before_bytes:
            shed()
        self._report()

    def _join(self, engine: Engine, command: Generate | Embed) -> None:
        self._at_rest = False
        try:
            engine.join(command, self._attached.pop(command.id, []))
        except MLXJupyterError as error:
            engine.fail(command.id, error)
        except Exception as error:  # noqa: BLE001 - one odd request must not end the model
            engine.fail(command.id, unreadable(error))

    def _spell(self, lexer: Lexer, command: Tokenize | Detokenize) -> None:
        try:
            self._channel.send(answer(lexer, command))
        except MLXJupyterError as error:
            self._fail(command.id, error)
        except Exception as error:  # noqa: BLE001 - one odd text must not end the model
            self._fail(command.id, unreadable(error))

    def _fail(self, request: int, error: MLXJupyterError) -> None:
        failed = Failed(request, error.code or "server_error", error.message, error.param)
        self._channel.send(Step(failed=(failed,)))

    def _load(self, command: Load) -> None:
        before_bytes, started = mx.get_active_memory(), time.perf_counter()
        try:
            maker = importlib.import_module(MAKERS[command.kind])
            if command.tokenizer_only:
                self._lexer = lexer = maker.make_lexer(command)
            else:
                self._engine = engine = maker.make_engine(command, self._look_for_cancels)
                self._lexer = lexer = engine.lexer
            _keep_for_good()
            shed()
        except MLXJupyterError as error:
            self._refuse(error)
        except Exception as error:  # noqa: BLE001 - any loader error must reach the waiters
            self._refuse(LoadFailed(f"{Path(command.path).name} could not be loaded: {error!r}"))
        else:
            weights_bytes = mx.get_active_memory() - before_bytes
            seconds = time.perf_counter() - started
            self._channel.send(Loaded(weights_bytes, lexer.context_length, seconds, reading()))

    def _refuse(self, error: MLXJupyterError) -> None:
        code = error.code or "server_error"
        self._channel.send(LoadFailedEvent(code, error.message, error.param))

    def _step(self) -> None:
        if self._engine is None:
            return
        try:
            step = self._engine.step()
        except Exception as error:  # noqa: BLE001 - one bad step must not end the model
            self._engine.fail_all(MLXJupyterError(f"The model failed: {error!r}"))
            step = self._engine.step()
        if step != _NOTHING:
            self._channel.send(step)
        self._tidy(self._engine)
        self._report_at_times(self._engine)

    def _tidy(self, engine: Engine) -> None:
        """What can wait until all has been said, and nobody waits for a step."""
        if engine.prompt_cache is not None and not engine.busy:
            engine.prompt_cache.settle()
            engine.prompt_cache.rest()

    def _report_at_times(self, engine: Engine) -> None:
        """Once a second while it computes, and when it comes to rest."""
        at_rest = not engine.busy
        due = time.perf_counter() - self._reported_at > REPORT_SECONDS
        if (due and not at_rest) or (at_rest and not self._at_rest):
            self._report()
        self._at_rest = at_rest

    def _report(self) -> None:
        self._reported_at = time.perf_counter()
        self._channel.send(Report(self._reading()))

    def _reading(self) -> Reading:
        image_cache_bytes = self._engine.image_cache_bytes if self._engine else 0
        return reading(self._cache_bytes, image_cache_bytes)

    @property
    def _cache_bytes(self) -> int:
        return self._cache.size_bytes if self._cache else 0

    @property
    def _cache(self) -> PromptCache | None:
        return self._engine.prompt_cache if self._engine else None


def _keep_for_good() -> None:
    """What libraries and a load leave stays to the end: 90,000 objects, through which the garbage
    collector went in the midst of a step (11 to 19 ms)."""
    gc.collect()
    gc.freeze()


_NOTHING = Step()
