"""The images of one request: all of them, in order, or the error that names the one at fault."""

from __future__ import annotations

import asyncio
import binascii
import hashlib
import logging
import os
from collections.abc import Coroutine, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from typing import Any, TypeVar

from mlx_jupyter import heap
from mlx_jupyter.errors import ImageInvalid, ImageNotFetched, TooLarge
from mlx_jupyter.messages import Picture
from mlx_jupyter.server.images.address import IPAddress, is_public
from mlx_jupyter.server.images.decode import decode
from mlx_jupyter.server.images.fetch import Fetcher
from mlx_jupyter.server.images.kept import Kept, KeptPictures
from mlx_jupyter.server.images.settings import IntakeSettings
from mlx_jupyter.server.images.source import Source, Taken

__all__ = ["MAX_IMAGES", "Intake", "Source", "Taken", "make_intake"]

MAX_IMAGES = 32
MAX_TOTAL_PIXELS = 2**28
"""Of all images of a request, as they come: 22 of 12 megapixels."""
DECODERS = 2 if (os.cpu_count() or 1) >= 4 else 1
"""Two on two cores left none for Jupyter's loop: it was late by up to 35 ms (16 ms with one)."""
FETCHES = 8
"""At once, of all requests: a thread of the resolver may hang for long."""
LOW_DETAIL_SIDE = 512
"""OpenAI's `"detail": "low"`."""
SLICE_CHARACTERS = 2**18
TRIM_BYTES = 4 * 2**20
"""Of files and URLs: after so many the C library is asked to give back what it keeps."""
_HEAD_BYTES = 1024
"""A data: URL has its media type and encoding in fewer."""

_ESCAPES = (
    *((rb"\/", b"/"), (rb"\u002B", b"+"), (rb"\u002b", b"+"), (rb"\u002F", b"/")),
    *((rb"\u002f", b"/"), (rb"\u003D", b"="), (rb"\u003d", b"="), (rb"\r", b""), (rb"\n", b"")),
)
T = TypeVar("T")
log = logging.getLogger(__name__)


def make_intake(settings: IntakeSettings) -> Intake:
    def allowed(address: IPAddress) -> bool:
        return is_public(address) or any(address in network for network in settings.networks)

    fetcher = Fetcher(allowed=allowed) if settings.allow_urls else None
    return Intake(fetcher, settings.max_side, settings.kept)


class Intake:
    """`fetcher` None: no URLs are fetched."""

    def __init__(self, fetcher: Fetcher | None, max_side: int, kept: KeptPictures) -> None:
        self._fetcher = fetcher
        self._max_side = max_side
        self.kept = kept
        self._decoders = ThreadPoolExecutor(DECODERS, thread_name_prefix="mlx_jupyter_image")
        self._fetches = asyncio.Semaphore(FETCHES)
        self._one_at_a_time = tuple(Lock() for _ in range(64))

    async def take(self, sources: Sequence[Source]) -> Taken:
        """Raises `TooLarge`, `ImageInvalid`, `ImageNotFetched`; nothing goes on after that."""
        if len(sources) > MAX_IMAGES:
            raise TooLarge(
                f"The request has {len(sources)} images; at most {MAX_IMAGES} are taken.",
                param=sources[MAX_IMAGES].where,
            )
        budget = _PixelBudget()
        taken = await _all_of(
            self._take_one(source, number, budget) for number, source in enumerate(sources, 1)
        )
        warnings = tuple(warning for _, warning in taken if warning)
        for warning in warnings:
            log.warning("%s", warning)
        if sum(len(source.url) for source in sources) > TRIM_BYTES:
            self._decoders.submit(heap.trim)
        return Taken(tuple(picture for picture, _ in taken), warnings)

    async def close(self) -> None:
        self._decoders.shutdown(wait=False, cancel_futures=True)
        if self._fetcher is not None:
            await self._fetcher.close()

    async def _take_one(
        self, source: Source, number: int, budget: _PixelBudget
    ) -> tuple[Picture, str | None]:
        max_side = min(self._max_side, LOW_DETAIL_SIDE) if source.low_detail else self._max_side
        data = await self._fetched(source, number)
        loop = asyncio.get_running_loop()
        try:
            picture, was = await loop.run_in_executor(
                self._decoders, self._decoded, data, max_side, budget
            )
        except ImageInvalid as error:
            raise ImageInvalid(
                f"Image {number} ({source.where}) cannot be read: {error.message}.",
                param=source.where,
            ) from None
        except TooLarge as error:
            error.param = source.where
            raise
        if source.low_detail or (picture.width, picture.height) == was:
            return picture, None
        return picture, (
            f"Image {number} was scaled down from {was[0]} x {was[1]} to "
            f"{picture.width} x {picture.height} pixels (max_image_side)."
        )

    async def _fetched(self, source: Source, number: int) -> bytes | memoryview:
        """The file; or the data: URL as it is, as a view."""
        if isinstance(source.url, memoryview) or source.url[:5].lower() == "data:":
            return source.url if isinstance(source.url, memoryview) else _ascii(source.url)
        if source.url.partition(":")[0].lower() not in ("http", "https"):
            raise ImageInvalid(
                f"Image {number} ({source.where}) is neither a data: URL nor an http(s) URL. The "
                "server opens no files: send what is in it.",
                param=source.where,
            )
        if self._fetcher is None:
            raise ImageNotFetched(
                f"Image {number} ({source.where}) is a URL, and this server fetches none "
                "(allow_image_urls is off). Send the image itself, as a data: URL.",
                param=source.where,
            )
        try:
            async with self._fetches:
                return await self._fetcher.fetch(source.url)
        except ImageNotFetched as error:
            raise ImageNotFetched(f"Image {number}: {error.message}", param=source.where) from None

    def _decoded(self, data: bytes | memoryview, max_side: int, budget: _PixelBudget) -> Kept:
        """In a thread."""
        file = _content(data) if isinstance(data, memoryview) else data
        key = hashlib.sha256(file).digest(), max_side
        with self._one_at_a_time[key[0][0] % len(self._one_at_a_time)]:  # the same image twice
            found = self.kept.get(key)
            if found is None:
                found = decode(file, max_side, budget.spend)
                self.kept.put(key, found)
        return found


async def _all_of(works: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Their results; the first error ends the others, and nothing goes on after that."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        return await asyncio.gather(*tasks)
    finally:
        await _ended(tasks)
        # An error knows this frame: with its task in it both would live on as a cycle.
        tasks.clear()


async def _ended(tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class _PixelBudget:
    """What the images of a request may have together."""

    def __init__(self) -> None:
        self._left = MAX_TOTAL_PIXELS
        self._lock = Lock()

    def spend(self, pixels: int) -> None:
        with self._lock:
            self._left -= pixels
            if self._left < 0:
                raise TooLarge(
                    f"The images have more than {MAX_TOTAL_PIXELS // 10**6} megapixels together."
                )


def _ascii(url: str) -> memoryview:
    return memoryview(url.encode("ascii", errors="replace"))


def _content(url: memoryview) -> bytes:
    """What a data: URL holds (RFC 2397); its media type is not believed. Raises `ImageInvalid`."""
    head, comma, _ = bytes(url[:_HEAD_BYTES]).partition(b",")
    encoding = head.lower().split(b";")[-1].strip()
    if not comma or encoding != b"base64":
        raise ImageInvalid('its data: URL has to be "data:image/…;base64," and the data')
    text = url[len(head) + 1 :]
    with suppress(binascii.Error):
        return _base64(text)
    try:  # with line breaks, as some encoders write it, or with JSON's escapes
        return _base64(memoryview(b"".join(_unescaped(bytes(text)).split())))
    except binascii.Error as error:
        raise ImageInvalid(f"its base64 is damaged ({error})") from None


def _unescaped(text: bytes) -> bytes:
    """Without the escapes that encoders of JSON put into base64: PHP's for a slash, .NET's for a
    plus, and those of line breaks."""
    if b"\\" not in text:
        return text
    for escape, letter in _ESCAPES:
        text = text.replace(escape, letter)
    return text


def _base64(text: memoryview) -> bytes:
    """In slices: one of 5 MB would hold the interpreter, and with it Jupyter's loop, for 6 ms."""
    data = bytearray()
    for at in range(0, len(text), SLICE_CHARACTERS):
        piece = binascii.a2b_base64(text[at : at + SLICE_CHARACTERS], strict_mode=True)
        is_last = at + SLICE_CHARACTERS >= len(text)
        if not is_last and len(piece) != SLICE_CHARACTERS * 3 // 4:
            raise binascii.Error("Excess data after padding")
        data += piece
    return bytes(data)
