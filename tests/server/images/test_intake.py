"""The images of a request: with real files, and URLs of a real server on this machine."""

from __future__ import annotations

import asyncio
import base64
import builtins
import io
import logging
import os
import random
import struct
import threading
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import cache
from io import BytesIO
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mlx_jupyter.errors import ImageInvalid, ImageNotFetched, MLXJupyterError, TooLarge
from mlx_jupyter.messages import Picture
from mlx_jupyter.server.images import intake as module
from mlx_jupyter.server.images.fetch import Fetcher, FetchLimits
from mlx_jupyter.server.images.intake import FETCHES, MAX_IMAGES, Intake, make_intake
from mlx_jupyter.server.images.kept import KeptPictures
from mlx_jupyter.server.images.settings import IntakeSettings
from mlx_jupyter.server.images.source import Source, Taken

SIDE = 64
WRONG_HEAD = 'its data: URL has to be "data:image/…;base64," and the data'
NO_URL = "is neither a data: URL nor an http(s) URL. The server opens no files: send what is in it."


@cache
def noise(width: int, height: int, seed: int = 1) -> Image.Image:
    drawn = random.Random(seed).randbytes(width * height * 3)
    return Image.frombytes("RGB", (width, height), drawn)


@cache
def file(width: int = 8, height: int = 6, seed: int = 1, form: str = "PNG") -> bytes:
    written = BytesIO()
    noise(width, height, seed).save(written, form)
    return written.getvalue()


def url(data: bytes, head: str = "data:image/png;base64,") -> str:
    return head + base64.b64encode(data).decode()


def at(url: str | memoryview, number: int = 1, low_detail: bool = False) -> Source:
    return Source(field(number), url, low_detail)


def field(number: int) -> str:
    return f"messages[0].content[{number - 1}].image_url"


def every(*urls: str | memoryview) -> list[Source]:
    return [at(one, number) for number, one in enumerate(urls, 1)]


def picture(width: int = 8, height: int = 6, seed: int = 1) -> Picture:
    return Picture(0, width, height, noise(width, height, seed).tobytes())


@asynccontextmanager
async def ending(intake: Intake) -> AsyncIterator[Intake]:
    try:
        yield intake
    finally:
        await intake.close()


@asynccontextmanager
async def taking(
    max_side: int = SIDE, fetcher: Fetcher | None = None, kept: KeptPictures | None = None
) -> AsyncIterator[Intake]:
    async with ending(Intake(fetcher, max_side, kept or KeptPictures())) as intake:
        yield intake


async def refusal(intake: Intake, sources: list[Source], kind: type[MLXJupyterError]) -> str:
    """The message for the last of the sources, which names its field."""
    with pytest.raises(kind) as caught:
        await intake.take(sources)
    assert caught.value.param == sources[-1].where
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value.message


async def unreadable(url: str | memoryview) -> str:
    """Why the third image cannot be read, after two that can."""
    async with taking() as intake:
        message = await refusal(intake, every(*[URL] * 2, url), ImageInvalid)
    before, after = f"Image 3 ({field(3)}) cannot be read: ", "."
    assert message.startswith(before)
    assert message.endswith(after)
    return message.removeprefix(before).removesuffix(after)


URL = url(file())


class Decoding:
    """Pillow's work, counted, and in the order that a test wants."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self.gates: dict[bytes, threading.Event] = {}
        """A file waits for its gate."""
        self.began = threading.Semaphore(0)
        self.done: dict[bytes, threading.Event] = {}
        self._decode = module.decode
        monkeypatch.setattr(module, "decode", self.decode)
        monkeypatch.setattr(module, "DECODERS", 2)

    def decode(self, data: bytes, *args: Any) -> Any:
        self.count += 1
        self.began.release()
        if data in self.gates:
            assert self.gates[data].wait(10)
        try:
            return self._decode(data, *args)
        finally:
            self.done.setdefault(data, threading.Event()).set()


@pytest.fixture
def decoding(monkeypatch: pytest.MonkeyPatch) -> Decoding:
    return Decoding(monkeypatch)


# What is taken


async def test_no_images_are_no_pictures() -> None:
    async with taking() as intake:
        assert await intake.take([]) == Taken()


async def test_pictures_come_in_the_order_of_the_request(decoding: Decoding) -> None:
    """The first is decoded last."""
    files = [file(8, 6, seed) for seed in range(4)]
    decoding.gates[files[0]] = decoding.done[files[3]] = threading.Event()
    async with taking() as intake:
        taken = await intake.take(every(*map(url, files)))
    assert taken == Taken(tuple(picture(8, 6, seed) for seed in range(4)), ())


async def test_a_url_may_be_a_piece_of_the_body() -> None:
    body = bytearray(f'"{URL}"'.encode())
    async with taking() as intake:
        taken = await intake.take(every(memoryview(body)[1:-1], URL))
    assert taken.pictures == (picture(), picture())


async def test_what_was_scaled_down_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    urls = [
        url(file(8, 6)),
        url(file(200, 100)),
        url(file(64, 64)),
        url(file(50, 128, form="JPEG")),
    ]
    async with taking() as intake:
        with caplog.at_level(logging.WARNING, module.__name__):
            taken = await intake.take(every(*urls))
    assert taken.warnings == (
        "Image 2 was scaled down from 200 x 100 to 64 x 32 pixels (max_image_side).",
        "Image 4 was scaled down from 50 x 128 to 25 x 64 pixels (max_image_side).",
    )
    assert caplog.messages == list(taken.warnings)
    sizes = [(one.width, one.height) for one in taken.pictures]
    assert sizes == [(8, 6), (64, 32), (64, 64), (25, 64)]


async def test_what_was_kept_is_warned_of_again() -> None:
    async with taking() as intake:
        first = await intake.take(every(url(file(200, 100))))
        assert await intake.take(every(url(file(200, 100)))) == first
    assert len(first.warnings) == 1


async def test_low_detail_is_512_pixels_and_no_warning() -> None:
    source = at(url(file(1024, 256)), low_detail=True)
    async with taking(max_side=768) as intake:
        low = await intake.take([source])
        high = await intake.take([at(source.url)])
    assert [(one.width, one.height) for one in low.pictures] == [(512, 128)]
    assert low.warnings == ()
    assert [(one.width, one.height) for one in high.pictures] == [(768, 192)]
    assert len(high.warnings) == 1


async def test_low_detail_makes_nothing_larger() -> None:
    async with taking(max_side=64) as intake:
        taken = await intake.take([at(URL, low_detail=True), at(url(file(128, 32)), 2, True)])
    assert [(one.width, one.height) for one in taken.pictures] == [(8, 6), (64, 16)]


# What is kept


async def test_the_same_image_is_decoded_once(decoding: Decoding) -> None:
    async with taking() as intake:
        first = await intake.take(every(URL))
        again = await intake.take(every(URL, url(file(), "data:;base64,")))
        assert intake.kept.used_bytes == 8 * 6 * 3
    assert decoding.count == 1
    assert first.pictures * 2 == again.pictures


async def test_the_same_image_twice_at_once_is_decoded_once(decoding: Decoding) -> None:
    """A second one would have a tenth of a second to begin while the first is held."""
    decoding.gates[file()] = gate = threading.Event()
    async with taking() as intake:
        taking_them = asyncio.create_task(intake.take(every(*[URL] * 4)))
        assert await asyncio.to_thread(decoding.began.acquire, timeout=10)
        assert not await asyncio.to_thread(decoding.began.acquire, timeout=0.1)
        gate.set()
        taken = await taking_them
    assert decoding.count == 1
    assert len(set(map(id, taken.pictures))) == 1


async def test_without_room_the_same_image_is_decoded_again(decoding: Decoding) -> None:
    async with taking(kept=KeptPictures(0)) as intake:
        taken = await intake.take(every(URL, URL))
        assert intake.kept.used_bytes == 0
    assert decoding.count == 2
    assert taken.pictures == (picture(), picture())


async def test_what_is_kept_counts_no_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_TOTAL_PIXELS", 8 * 6)
    async with taking() as intake:
        await intake.take(every(URL, URL, URL))
        await intake.take(every(URL, url(file(8, 6, 2))))


# What is too much


async def test_too_many_images_are_refused_before_any_is_read(decoding: Decoding) -> None:
    sources = every(*[URL] * (MAX_IMAGES + 1))
    async with taking() as intake:
        message = await refusal(intake, sources, TooLarge)
        assert message == "The request has 33 images; at most 32 are taken."
        assert decoding.count == 0
        assert len((await intake.take(sources[:-1])).pictures) == 32


async def test_the_pixels_of_all_images_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_TOTAL_PIXELS", 8 * 6 * 3)
    urls = [url(file(8, 6, seed)) for seed in range(4)]
    async with taking(kept=KeptPictures(0)) as intake:
        assert len((await intake.take(every(*urls[:3]))).pictures) == 3
        with pytest.raises(TooLarge) as caught:
            await intake.take(every(*urls))
    assert caught.value.message == "The images have more than 0 megapixels together."
    assert caught.value.param in [field(number) for number in range(1, 5)]


async def test_one_image_over_the_limit_of_all_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_TOTAL_PIXELS", 2_000_000)
    head = struct.pack(">IIBBBBB", 2000, 1001, 1, 0, 0, 0, 0)
    chunk = b"IHDR" + head
    data = b"\x89PNG\r\n\x1a\n\0\0\0\r" + chunk + struct.pack(">I", zlib.crc32(chunk))
    huge = data + b"\0\0\0\0IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    async with taking() as intake:
        message = await refusal(intake, every(URL, url(huge)), TooLarge)
    assert message == "The images have more than 2 megapixels together."


# What is no URL of an image


@pytest.mark.parametrize(
    "scheme", ["file:", "ftp:", "javascript:", "gopher:", "blob:http:", "chrome:", " http:", "C:"]
)
async def test_other_schemes_are_refused(scheme: str) -> None:
    async with taking() as intake:
        message = await refusal(intake, every(URL, f"{scheme}//hidden/a.png"), ImageInvalid)
    assert message == f"Image 2 ({field(2)}) {NO_URL}"


async def test_no_file_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "real.png"
    path.write_bytes(file())
    monkeypatch.chdir(tmp_path)
    opened: list[object] = []

    def seen(usual: Callable[..., Any]) -> Callable[..., Any]:
        def told(name: object, *args: Any, **options: Any) -> Any:
            opened.append(name)
            return usual(name, *args, **options)

        return told

    for place, name in ((builtins, "open"), (io, "open"), (os, "open"), (os, "stat")):
        monkeypatch.setattr(place, name, seen(getattr(place, name)))
    async with taking() as intake:
        for one in (str(path), path.as_uri(), path.name, f"./{path.name}", f"//{path}", "~", ""):
            assert NO_URL in await refusal(intake, every(one), ImageInvalid)
    assert not [name for name in opened if "real.png" in str(name)]
    Image.open(path).close()
    assert opened, "or else this test sees nothing"


async def test_urls_may_be_switched_off() -> None:
    async with taking() as intake:
        for scheme in ("http", "HTTPS"):
            sources = every(URL, f"{scheme}://hidden.example/a.png")
            message = await refusal(intake, sources, ImageNotFetched)
            assert message == (
                f"Image 2 ({field(2)}) is a URL, and this server fetches none "
                "(allow_image_urls is off). Send the image itself, as a data: URL."
            )


# data: URLs


def broken_into_lines(data: bytes, end: str) -> str:
    text = base64.b64encode(data).decode()
    return end.join(text[at : at + 76] for at in range(0, len(text), 76)) + end


PNG_HEAD = "data:image/png;base64,"


@pytest.mark.parametrize(
    ("plain", "escaped"), [("/", "\\/"), ("+", "\\u002B"), ("+", "\\u002b"), ("=", "\\u003D")]
)
async def test_a_lifted_one_has_the_escapes_of_its_json(plain: str, escaped: str) -> None:
    whole = url(noisy_file(), PNG_HEAD)
    assert plain in whole[len(PNG_HEAD) :]
    given = whole.replace(plain, escaped)
    async with taking() as intake:
        taken = [
            await intake.take([Source("here", memoryview(text.encode()))])
            for text in (whole, given)
        ]
    assert taken[0] == taken[1]


def noisy_file() -> bytes:
    """Of a length that needs padding."""
    data = encoded_noise()
    return data if len(data) % 3 else data + b"\0"


def encoded_noise() -> bytes:
    made = BytesIO()
    Image.effect_noise((40, 40), 80).save(made, "PNG")
    return made.getvalue()


@pytest.mark.parametrize(
    "given",
    [
        url(file(), "DATA:image/png;BASE64,"),
        url(file(), "data:;base64,"),
        url(file(), "data:image/png;name=a.png;charset=x;base64,"),
        url(file(), "data:image/png; base64 ,"),
        url(file(), "data:text/html;base64,"),
        url(file(), "data:image/jpeg;base64,"),
        url(file(), "data:application/octet-stream;base64,"),
        PNG_HEAD + broken_into_lines(file(), "\n"),
        PNG_HEAD + "\r\n" + broken_into_lines(file(), "\r\n"),
        PNG_HEAD + broken_into_lines(file(), " \t"),
    ],
    ids=lambda given: given[:45],
)
async def test_a_data_url_may_be_written_in_many_ways(given: str) -> None:
    async with taking() as intake:
        taken = await intake.take(every(given, memoryview(given.encode())))
    assert taken == Taken((picture(), picture()))


@pytest.mark.parametrize(
    "given",
    [
        url(file(), "data:image/png,"),
        url(file(), "data:image/png;base64;x=y,"),
        url(file(), "data:base64,"),
        url(file(), "data:image/png;base64"),
        url(file(), "data:image/png;base32,"),
        url(file(), "data:" + "x" * 2000 + ";base64,"),
        "data:image/svg+xml,%3Csvg%20xmlns='hidden'/%3E",
        "data:image/svg+xml;utf8,<svg>hidden</svg>",
        *["data:", "data:,", "data:hidden"],
    ],
    ids=lambda given: given[:40],
)
async def test_a_data_url_has_to_be_of_base64(given: str) -> None:
    assert await unreadable(given) == WRONG_HEAD
    assert await unreadable(memoryview(given.encode())) == WRONG_HEAD


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-1],
        lambda text: text[:40] + "!" + text[41:],
        lambda text: text[:40] + "=" + text[40:],
        lambda text: text[:40] + "%2B" + text[40:],
        lambda text: text[:40] + "ä" + text[40:],
        lambda text: text[:40] + "-_" + text[42:],
        lambda text: text + "hidden!",
        lambda text: "=",
    ],
)
async def test_damaged_base64_is_said_to_be(damage: Callable[[str], str]) -> None:
    given = PNG_HEAD + damage(base64.b64encode(file()).decode())
    for one in (given, memoryview(given.encode())):
        why = await unreadable(one)
        assert why.startswith("its base64 is damaged (")
        assert "hidden" not in why


@pytest.mark.parametrize("given", [PNG_HEAD, PNG_HEAD + "\n", "data:;base64,"])
async def test_an_empty_data_url_is_empty(given: str) -> None:
    assert await unreadable(given) == "it is empty"


async def test_what_a_data_url_holds_is_judged_by_itself() -> None:
    assert "SVG" in await unreadable(url(b"<svg>hidden</svg>"))
    assert await unreadable(url(file()[:100])) == "it is damaged (image file is truncated)"
    assert "hidden" not in await unreadable(url(b"hidden"))


# http(s) URLs

LIMITS = FetchLimits(
    connect_seconds=5, read_seconds=10, total_seconds=20, tries=1, max_bytes=10_000
)


class Site:
    """Answers `/<name>` with a file, `/hold` never."""

    def __init__(self, **files: bytes) -> None:
        self.files = files
        self.port = 0
        self.open = 0
        self.most_open = 0
        self.changed = asyncio.Condition()
        self.tasks: list[asyncio.Task[None]] = []

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{name}"

    async def until_open(self, count: int) -> None:
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: self.open == count)

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.tasks.append(asyncio.create_task(self._talk(reader, writer)))

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._count(1)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._answer(reader, writer)
        writer.close()
        await self._count(-1)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()[1:]
        if name == "hold":
            await reader.read()
        elif name == "crowd":  # answers once as many are here as may be
            async with asyncio.timeout(10), self.changed:
                await self.changed.wait_for(lambda: self.most_open >= FETCHES)
        elif name == "late":  # answers once four are here
            async with asyncio.timeout(10), self.changed:
                await self.changed.wait_for(lambda: self.most_open >= 4)
        body = self.files.get(name, b"")
        head = f"HTTP/1.1 {200 if body else 404} Told\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    async def _count(self, more: int) -> None:
        async with self.changed:
            self.open += more
            self.most_open = max(self.most_open, self.open)
            self.changed.notify_all()


@asynccontextmanager
async def serving(**files: bytes) -> AsyncIterator[Site]:
    site = Site(**files)
    server = await asyncio.start_server(site.accept, "127.0.0.1", 0)
    site.port = server.sockets[0].getsockname()[1]
    async with server:
        yield site
        await asyncio.gather(*site.tasks)


@asynccontextmanager
async def fetching(kept: KeptPictures | None = None) -> AsyncIterator[Intake]:
    fetcher = Fetcher(LIMITS, allowed=lambda address: True)
    async with taking(fetcher=fetcher, kept=kept) as intake:
        yield intake


@pytest.mark.parametrize(
    ("networks", "allow_urls", "expected"),
    [
        ("127.0.0.0/8", True, None),
        ("10.0.0.0/8", True, "its address is not public"),
        ("127.0.0.0/8", False, "allow_image_urls is off"),
    ],
)
async def test_it_fetches_from_where_its_settings_say(
    networks: str, allow_urls: bool, expected: str | None
) -> None:
    kept = KeptPictures()
    intake = make_intake(IntakeSettings(allow_urls, (IPv4Network(networks),), SIDE, kept))
    async with serving(a=file()) as site, ending(intake):
        if expected is None:
            assert (await intake.take(every(site.url("a")))).pictures == (picture(),)
            assert kept.used_bytes == 8 * 6 * 3
        else:
            assert expected in await refusal(intake, every(site.url("a")), ImageNotFetched)
    assert len(site.tasks) == (expected is None)


async def test_images_are_fetched_and_keep_their_order() -> None:
    async with serving(a=file(8, 6, 1), b=file(8, 6, 2, "BMP")) as site, fetching() as intake:
        urls = [site.url("b"), url(file(8, 6, 3)), site.url("a").replace("http", "HTTP", 1)]
        taken = await intake.take(every(*urls))
    assert taken.pictures == (picture(8, 6, 2), picture(8, 6, 3), picture(8, 6, 1))


async def test_what_cannot_be_fetched_is_named() -> None:
    async with serving(a=file()) as site, fetching() as intake:
        message = await refusal(intake, every(site.url("a"), site.url("gone")), ImageNotFetched)
    assert message == "Image 2: The image could not be fetched from 127.0.0.1: status 404."


async def test_what_was_fetched_and_is_no_image_is_named() -> None:
    async with serving(a=b"hidden in this network") as site, fetching() as intake:
        message = await refusal(intake, every(URL, site.url("a")), ImageInvalid)
    assert message.startswith(f"Image 2 ({field(2)}) cannot be read: it is not a PNG")
    assert "hidden" not in message


async def test_what_was_fetched_is_decoded_once(decoding: Decoding) -> None:
    async with serving(a=file()) as site, fetching() as intake:
        await intake.take(every(site.url("a"), site.url("a?b"), URL)[::2])
        await intake.take(every(site.url("a")))
    assert decoding.count == 1


async def test_so_many_are_fetched_at_once_and_no_more() -> None:
    async with serving(crowd=file()) as site, fetching() as intake:
        taken = await intake.take(every(*[site.url("crowd")] * (FETCHES + 4)))
    assert len(taken.pictures) == FETCHES + 4
    assert site.most_open == FETCHES


# The end before the end


async def test_who_cancels_closes_the_connections_and_leaves_nothing() -> None:
    async with serving() as site, fetching() as intake:
        taking_them = asyncio.create_task(intake.take(every(*[site.url("hold")] * 3)))
        await site.until_open(3)
        taking_them.cancel()
        with pytest.raises(asyncio.CancelledError):
            await taking_them
        assert asyncio.all_tasks() - set(site.tasks) == {asyncio.current_task()}
        await site.until_open(0)


async def test_who_cancels_makes_room_for_the_next() -> None:
    async with serving(a=file()) as site, fetching() as intake:
        taking_them = asyncio.create_task(intake.take(every(*[site.url("hold")] * (FETCHES + 2))))
        await site.until_open(FETCHES)
        taking_them.cancel()
        await asyncio.gather(taking_them, return_exceptions=True)
        assert (await intake.take(every(site.url("a")))).pictures == (picture(),)


async def test_the_first_error_ends_the_others() -> None:
    """Which is a 404 that comes once the others are being fetched."""
    async with serving() as site, fetching() as intake:
        sources = every(*[site.url("hold")] * 3, site.url("late"))
        message = await refusal(intake, sources, ImageNotFetched)
        assert message.startswith("Image 4: ")
        assert asyncio.all_tasks() - set(site.tasks) == {asyncio.current_task()}
        await site.until_open(0)
    assert site.most_open == 4


async def test_what_waits_to_be_decoded_is_not_decoded_any_more(decoding: Decoding) -> None:
    files = [file(8, 6, seed) for seed in range(6)]
    gate = threading.Event()
    decoding.gates = dict.fromkeys(files, gate)
    async with taking() as intake:
        taking_them = asyncio.create_task(intake.take(every(*map(url, files))))
        for _ in range(module.DECODERS):
            assert await asyncio.to_thread(decoding.began.acquire, timeout=10)
        taking_them.cancel()
        with pytest.raises(asyncio.CancelledError):
            await taking_them
        gate.set()
        await intake.take(every(url(file(9, 9))))
    assert decoding.count == module.DECODERS + 1
