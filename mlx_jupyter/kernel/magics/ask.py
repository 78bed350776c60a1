"""Asks a question of the pool, and puts the answer where a cell's result goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.errors import ContextExceeded, MLXJupyterError, RequestFailed
from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.conversation.turn import Message
from mlx_jupyter.kernel.display import Output, output_for, show
from mlx_jupyter.kernel.images.content import content
from mlx_jupyter.kernel.images.picture import Picture
from mlx_jupyter.kernel.look import Look
from mlx_jupyter.kernel.magics.grammar import Question
from mlx_jupyter.kernel.magics.interrupt import Interrupted
from mlx_jupyter.kernel.magics.next_input import NextInputs
from mlx_jupyter.kernel.magics.session import Session

__all__ = ["Attempt", "Request", "ask", "question_message"]


@dataclass(frozen=True)
class Attempt:
    """Messages to send, without the first `left_out` turns. `warnings` are what the user is to know
    of it."""

    messages: list[Message]
    warnings: tuple[str, ...] = ()
    left_out: int = 0


@dataclass(frozen=True)
class Request:
    """`attempts` are made one after the other for as long as the server says that the prompt does
    not fit into the context. `answered` is called with an answer, or the part that there is of one,
    and the attempt that got it. `sees` says whether there are pictures in it. `read` puts into a
    whole answer the value that goes to the variable; without it that is the answer."""

    attempts: Sequence[Attempt]
    pictures: Sequence[Picture] = ()
    sees: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    answered: Callable[[Answer, Attempt], None] = lambda _answer, _attempt: None
    read: Callable[[Answer], object] | None = None


def question_message(prompt: str, pictures: Sequence[Picture]) -> Message:
    return {"role": "user", "content": content(prompt, pictures) if pictures else prompt}


def ask(shell: InteractiveShell, session: Session, question: Question, request: Request) -> Answer:
    """Shows the answer while it comes. What there is of one that is interrupted, or cut off by an
    error, is kept; the cell then ends with that error.

    A session's model that cannot see is not asked about pictures: then the server chooses.
    """
    fits = session.model_sees or not request.sees
    options = request.options | {
        "model": request.options.get("model") or (session.model if fits else None)
    }
    asking = _Asking(shell, question, request, options, session.next_inputs)
    return session.connection.use(asking.answer)


@dataclass(frozen=True)
class _Asking:
    shell: InteractiveShell
    question: Question
    request: Request
    options: dict[str, Any]
    next_inputs: NextInputs

    def answer(self, pool: Pool) -> Answer:
        output = output_for(self.shell, stream=self.question.stream)
        *earlier, last = self.request.attempts
        for attempt in earlier:
            try:
                return self._ask(pool, attempt, output)
            except RequestFailed as error:
                if error.error_code != ContextExceeded.code:
                    raise
        return self._ask(pool, last, output)

    def _ask(self, pool: Pool, attempt: Attempt, output: Output) -> Answer:
        stream = pool.chat(attempt.messages, stream=True, **self.options)
        answer = stream.answer
        answer.look = Look(self.question.form, self.question.think, not self.question.quiet)
        answer.images = [picture.preview for picture in self.request.pictures]
        answer.warnings = list(attempt.warnings)
        try:
            show(stream, output, self.request.read)
        except KeyboardInterrupt:
            self._keep(answer, attempt)
            raise Interrupted(f"{len(answer.text)} characters are kept in _") from None
        except MLXJupyterError:
            if not answer.is_empty:
                self._keep(answer, attempt)
            raise
        self._finish(answer, attempt)
        return answer

    def _keep(self, answer: Answer, attempt: Attempt) -> None:
        """Puts a partial answer where a whole one would go; the cell itself ends with an error."""
        self.shell.displayhook.update_user_ns(answer)
        if self.request.read is None:
            self._assign(answer)
        if answer.text:
            self.request.answered(answer, attempt)

    def _finish(self, answer: Answer, attempt: Attempt) -> None:
        self._assign(answer)
        self.request.answered(answer, attempt)
        answer.shown_in_cell = self.shell.execution_count
        if self.question.form == "code" and answer.finish_reason == "stop":
            self.next_inputs.offer(self.shell, answer)

    def _assign(self, answer: Answer) -> None:
        if self.question.variable:
            value = answer if self.request.read is None else answer.value
            self.shell.user_ns[self.question.variable] = value
