"""The pool from asyncio: `mlx_jupyter.connect_async()` gives an `AsyncPool`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, overload

import httpx

from mlx_jupyter.kernel import openai_client
from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.asynchronous.embeddings import AsyncEmbeddings
from mlx_jupyter.kernel.asynchronous.stream import AsyncAnswerStream
from mlx_jupyter.kernel.asynchronous.tokenization import AsyncTokenization
from mlx_jupyter.kernel.images.content import question_about
from mlx_jupyter.kernel.images.picture import Picture
from mlx_jupyter.kernel.images.source import pictures_in
from mlx_jupyter.kernel.request import Messages, answer_request, drawn_seed, messages_of

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI

__all__ = ["AsyncPool"]

Prompt = Callable[[Sequence[Picture]], str | Messages]
Body = Callable[[Answer], Awaitable[dict[str, Any]]]


class AsyncPool(AsyncEmbeddings, AsyncTokenization):
    """The models that one server hosts, for asyncio: as `Pool`, with the same arguments.

        async with mlx_jupyter.connect_async() as pool:
            answer = await pool.chat("What is MLX?")
            async for piece in pool.chat("And in one word?", stream=True):
                print(piece, end="")

    Cancelling a task that awaits an answer closes its connection, and the server stops generating.
    One pool serves many tasks, of one event loop.
    """

    @overload
    def chat(
        self, prompt: str | Messages, *, stream: Literal[True], **options: Any
    ) -> AsyncAnswerStream: ...
    @overload
    def chat(
        self, prompt: str | Messages, *, stream: Literal[False] = False, **options: Any
    ) -> Coroutine[Any, Any, Answer]: ...
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
    ) -> Coroutine[Any, Any, Answer] | AsyncAnswerStream:
        """Answers `prompt`, as `Pool.chat`: `answer = await pool.chat("What is MLX?")`.

        With `stream` it is an `AsyncAnswerStream`, for `async for` and `async with`; to await it is
        not needed, and sends the request. Many at once, decoded together:

            answers = await asyncio.gather(*map(pool.chat, prompts))
        """
        fields: dict[str, Any]
        fields = {"model": model, "temperature": temperature, "max_tokens": max_tokens}
        fields |= {"seed": seed, "stop": stop, "top_p": top_p, **more}
        answer_stream = self._chat(lambda pictures: prompt, images, system, fields)
        return answer_stream if stream else answer_stream.read()

    @overload
    def see(
        self, images: Any, question: str | None = None, *, stream: Literal[True], **options: Any
    ) -> AsyncAnswerStream: ...
    @overload
    def see(
        self,
        images: Any,
        question: str | None = None,
        *,
        stream: Literal[False] = False,
        **options: Any,
    ) -> Coroutine[Any, Any, Answer]: ...
    def see(
        self,
        images: Any,
        question: str | None = None,
        *,
        system: str | None = None,
        stream: bool = False,
        **options: Any,
    ) -> Coroutine[Any, Any, Answer] | AsyncAnswerStream:
        """Answers `question` about `images`: `await pool.see("cat.png", "Which animal is it?")`.

        What an image may be says `Pool.see`. They are read and encoded in a thread.
        """
        images = [] if images is None else images
        answer_stream = self._chat(
            lambda pictures: question_about(pictures, question), images, system, options
        )
        return answer_stream if stream else answer_stream.read()

    @overload
    def complete(
        self, prompt: str | list[int], *, stream: Literal[True], **options: Any
    ) -> AsyncAnswerStream: ...
    @overload
    def complete(
        self, prompt: str | list[int], *, stream: Literal[False] = False, **options: Any
    ) -> Coroutine[Any, Any, Answer]: ...
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
    ) -> Coroutine[Any, Any, Answer] | AsyncAnswerStream:
        """Continues `prompt` without a chat template: `await pool.complete("Once upon a time")`."""
        fields: dict[str, Any]
        fields = {"model": model, "temperature": temperature, "max_tokens": max_tokens}
        fields |= {"seed": seed, "stop": stop, "top_p": top_p, **more}

        async def body(_: Answer) -> dict[str, Any]:
            return {"prompt": prompt}

        answer_stream = self._stream("completions", fields, body)
        return answer_stream if stream else answer_stream.read()

    def openai(self) -> OpenAI:
        """A client of the `openai` package for this pool; ImportError without that package."""
        return openai_client.client(self.endpoint)

    def async_openai(self) -> AsyncOpenAI:
        """As `openai`, for asyncio: `await pool.async_openai().models.list()`."""
        return openai_client.async_client(self.endpoint)

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"AsyncPool({self.endpoint.base_url!r}, found by {self.endpoint.how!r})"

    def _chat(
        self, prompt: Prompt, images: Any, system: str | None, fields: dict[str, Any]
    ) -> AsyncAnswerStream:
        async def body(answer: Answer) -> dict[str, Any]:
            pictures = [] if images is None else await asyncio.to_thread(pictures_in, images)
            answer.images = [picture.preview for picture in pictures]
            return {"messages": messages_of(prompt(pictures), system, pictures)}

        return self._stream("chat/completions", fields, body)

    def _stream(self, route: str, fields: dict[str, Any], body: Body) -> AsyncAnswerStream:
        given_seed = fields.get("seed")
        seed = drawn_seed() if given_seed is None else given_seed
        answer = Answer(model=fields.get("model"), seed=seed)

        async def send() -> httpx.Response:
            whole = fields | await body(answer) | {"seed": seed}
            request = answer_request(self._http, self.endpoint, route, whole)
            return await self._http.send(request, stream=True)

        return AsyncAnswerStream(self.endpoint, send, answer)
