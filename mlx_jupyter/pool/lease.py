"""One use of one model: asked for, waited for, given back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from types import TracebackType

from mlx_jupyter.messages import Embed, Generate, Picture
from mlx_jupyter.pool.stream import Stream
from mlx_jupyter.pool.worker_link import WorkerLink

__all__ = ["Lease"]


class Lease:
    """A ticket that is given back when the `with` block ends, granted or not. Once it is granted,
    `evicted` are the models that left so that this one could be loaded."""

    def __init__(self, ticket: int, model: str, release: Callable[[], None]) -> None:
        self.ticket = ticket
        self.model = model
        self.evicted: tuple[str, ...] = ()
        self._granted: asyncio.Future[WorkerLink] = asyncio.get_running_loop().create_future()
        self._release = release

    def grant(self, link: WorkerLink, evicted: tuple[str, ...] = ()) -> None:
        if not self._granted.done():
            self.evicted = evicted
            self._granted.set_result(link)

    def refuse(self, error: Exception) -> None:
        if not self._granted.done():
            self._granted.set_exception(error)

    async def granted(self, within_seconds: float | None = None) -> bool:
        """Is the model ready? Waits for it, at most so long. Raises why it will not be."""
        await asyncio.wait({self._granted}, timeout=within_seconds)
        if not self._granted.done():
            return False
        if (error := self._granted.exception()) is not None:
            # All who waited get this one error: without this its traceback would grow with each.
            raise error.with_traceback(None)
        return True

    def generate(self, request: Generate, pictures: Sequence[Picture] = ()) -> Stream:
        """Only after `granted`."""
        return self._granted.result().generate(request, pictures)

    def embed(self, request: Embed, inputs: bytes | memoryview) -> Stream:
        """As `generate`; `inputs` is their JSON."""
        return self._granted.result().embed(request, inputs)

    def __enter__(self) -> Lease:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._granted.done():
            self._granted.cancel()
        elif not self._granted.cancelled():
            self._granted.exception()  # asked for, so that asyncio does not report it as lost
        self._release()
