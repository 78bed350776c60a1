"""The pool from Python: `mlx_jupyter.connect()` gives a `Pool`."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, overload

import httpx

from mlx_jupyter.kernel import openai_client
from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.embedding.verbs import Embeddings
from mlx_jupyter.kernel.images.content import question_about
from mlx_jupyter.kernel.images.source import pictures_in
from mlx_jupyter.kernel.request import Messages, answer_request, drawn_seed, messages_of
from mlx_jupyter.kernel.stream import AnswerStream
from mlx_jupyter.kernel.tokenization import Tokenization

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI

__all__ = ["Pool"]


class Pool(Embeddings, Tokenization):
    """The models that one server hosts, over HTTP. Use it as a context manager, or `close` it."""

    @overload
    def chat(
        self, prompt: str | Messages, *, stream: Literal[True], **options: Any
    ) -> AnswerStream: ...
    @overload
    def chat(
        self, prompt: str | Messages, *, stream: Literal[False] = False, **options: Any
    ) -> Answer: ...
    def chat(
        self,
        prompt: str | Messages,
        *,
        model: str | None = None,
        system: str | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        seed: int | None = None,
        stop: str | list[str] | None = None,
        top_p: float | None = None,
        images: Any = None,
        stream: bool = False,
        **more: Any,
    ) -> Answer | AnswerStream:
        """Answers `prompt`, a text or a list of OpenAI's messages.

        `images` are put into the last message of the user; see `see`. What is None is left to the
        server, save the seed: one is drawn, so that the answer's `seed` can give it again. `more`
        is sent as it is (`keep_alive="5m"`). Raises `RequestFailed` with what the server says,
        `ServerNotFound` when it is gone.
        """
        pictures = [] if images is None else pictures_in(images)
        messages = messages_of(prompt, system, pictures)
        body: dict[str, Any]
        body = {"messages": messages, "model": model, "temperature": temperature, "seed": seed}
        body |= {"max_tokens": max_tokens, "stop": stop, "top_p": top_p, **more}
        answer_stream = self._stream("chat/completions", body)
        answer_stream.answer.images = [picture.preview for picture in pictures]
        return answer_stream if stream else _finish(answer_stream)

    @overload
    def see(
        self, images: Any, question: str | None = None, *, stream: Literal[True], **options: Any
    ) -> AnswerStream: ...
    @overload
    def see(
        self,
        images: Any,
        question: str | None = None,
        *,
        stream: Literal[False] = False,
        **options: Any,
    ) -> Answer: ...
    def see(
        self, images: Any, question: str | None = None, *, stream: bool = False, **options: Any
    ) -> Answer | AnswerStream:
        """Answers `question` about `images`; without one it asks what is in them.

        An image is a picture of Pillow's, a NumPy array, a Matplotlib figure or axes, encoded
        bytes, what draws itself as PNG or JPEG, a path, a pattern of paths, or a URL (`http(s):`
        is fetched by the server, not here); `images` is one of them or a list. What is larger than
        2048 pixels is made smaller. `options` are those of `chat`; without a `model` the server
        takes its own for pictures. Raises `InvalidRequest` for what is no picture.
        """
        pictures = pictures_in(images)
        asked = question_about(pictures, question)
        answer_stream = self.chat(asked, images=pictures, stream=True, **options)
        return answer_stream if stream else _finish(answer_stream)

    @overload
    def complete(
        self, prompt: str | list[int], *, stream: Literal[True], **options: Any
    ) -> AnswerStream: ...
    @overload
    def complete(
        self, prompt: str | list[int], *, stream: Literal[False] = False, **options: Any
    ) -> Answer: ...
    def complete(
        self,
        prompt: str | list[int],
        *,
        model: str | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        seed: int | None = None,
        stop: str | list[str] | None = None,
        top_p: float | None = None,
        stream: bool = False,
        **more: Any,
    ) -> Answer | AnswerStream:
        """Continues `prompt`, a text or token ids, without a chat template; else as `chat`."""
        body: dict[str, Any]
        body = {"prompt": prompt, "model": model, "temperature": temperature, "seed": seed}
        body |= {"max_tokens": max_tokens, "stop": stop, "top_p": top_p, **more}
        answer_stream = self._stream("completions", body)
        return answer_stream if stream else _finish(answer_stream)

    def openai(self) -> OpenAI:
        """A client of the `openai` package for this pool; ImportError without that package."""
        return openai_client.client(self.endpoint)

    def async_openai(self) -> AsyncOpenAI:
        """As `openai`, for asyncio."""
        return openai_client.async_client(self.endpoint)

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Pool({self.endpoint.base_url!r}, found by {self.endpoint.how!r})"

    def _stream(self, route: str, body: dict[str, Any]) -> AnswerStream:
        body["seed"] = drawn_seed() if body["seed"] is None else body["seed"]
        request = answer_request(self._http, self.endpoint, route, body)

        def send() -> httpx.Response:
            return self._http.send(request, stream=True)

        return AnswerStream(self.endpoint, send, Answer(model=body["model"], seed=body["seed"]))


def _finish(stream: AnswerStream) -> Answer:
    with stream:
        for _ in stream.events():
            pass
    return stream.answer
