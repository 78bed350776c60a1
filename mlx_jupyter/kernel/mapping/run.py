"""One job on its way to an answer."""

from __future__ import annotations

from dataclasses import dataclass

from mlx_jupyter.errors import MLXJupyterError
from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.asynchronous.stream import AsyncAnswerStream
from mlx_jupyter.kernel.mapping.job import Job
from mlx_jupyter.wire.sse import Progress

__all__ = ["Run"]


@dataclass(eq=False)
class Run:
    """`error` is why there is no answer, or no more of it."""

    job: Job
    stream: AsyncAnswerStream | None = None
    error: MLXJupyterError | None = None
    ended: bool = False

    @property
    def answer(self) -> Answer:
        """It fills while it comes; one that was never begun is empty, and interrupted."""
        if self.stream is not None:
            return self.stream.answer
        return Answer(model=self.job.body.get("model"), finish_reason="interrupted")

    @property
    def progress(self) -> Progress | None:
        """What is waited for before the first token."""
        if self.stream is None or self.stream.answer.text or self.ended:
            return None
        return self.stream.progress

    @property
    def succeeded(self) -> bool:
        return self.ended and self.error is None
