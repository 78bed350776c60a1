"""What is fetched and what is refused, against servers that speak HTTP byte by byte."""

from __future__ import annotations

import asyncio
import gzip
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from mlx_jupyter.errors import ImageNotFetched
from mlx_jupyter.server.images import fetch
from mlx_jupyter.server.images.address import IPAddress, is_public
from mlx_jupyter.server.images.fetch import Fetcher, FetchLimits

NAME = "pictures.example"
SECRET = "hidden"
"""In every path, query, password, header and body that no message may repeat."""
PATH = f"/{SECRET}-path?{SECRET}-query=1#{SECRET}-fragment"
PICTURE = b"\x89PNG-as-it-were"
QUICK = FetchLimits(
    connect_seconds=0.5,
    read_seconds=0.5,
    total_seconds=2.0,
    max_bytes=100_000,
    redirects=2,
    backoff_seconds=0.001,
)

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answer(
    status: str = "200 OK", *headers: str, body: bytes = PICTURE, length: int | None = None
) -> bytes:
    size = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {size}", f"X-Tell: {SECRET}-header", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


FOUND = answer("200 OK", "Content-Type: image/png")
HIDDEN = f"{SECRET}-body".encode()


class Site:
    """Gives its answers in turn and the last for ever: bytes, or how to talk."""

    def __init__(self, *answers: bytes | Talk) -> None:
        self.answers = list(answers)
        self.heads: list[str] = []
        self.connections = 0
        self.port = 0
        self.left = asyncio.Event()
        """Set when a client has hung up on an answer that is a talk."""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
            given = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if isinstance(given, bytes):
                writer.write(given)
                await writer.drain()
            else:
                await given(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.left.set()
        finally:
            writer.close()

    async def hold(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Promises a picture, and waits for the client to go."""
        writer.write(answer(length=1000))
        await reader.read()
        self.left.set()


@asynccontextmanager
async def serving(*answers: bytes | Talk, tls: ssl.SSLContext | None = None) -> AsyncIterator[Site]:
    site = Site(*answers)
    server = await asyncio.start_server(site.talk, "127.0.0.1", 0, ssl=tls)
    site.port = server.sockets[0].getsockname()[1]
    async with server:
        yield site


def is_loopback(address: IPAddress) -> bool:
    return address.is_loopback


@asynccontextmanager
async def fetching(
    limits: FetchLimits = QUICK,
    allowed: Callable[[IPAddress], bool] = is_loopback,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Fetcher]:
    fetcher = Fetcher(limits, allowed=allowed, tls=tls)
    try:
        yield fetcher
    finally:
        await fetcher.close()


class Names:
    """The DNS of a test; names that it does not know are the system's."""

    def __init__(self, known: dict[str, list[str]]) -> None:
        self.known = known
        self.asked: list[str] = []
        self._system = fetch._lookup

    def lookup(self, host: str) -> list[Any]:
        self.asked.append(host)
        if host not in self.known:
            return self._system(host)
        return [(0, 0, 0, "", (address, 0)) for address in self.known[host]]


@pytest.fixture
async def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    made = Names({NAME: ["127.0.0.1"]})
    monkeypatch.setattr(fetch, "_lookup", made.lookup)
    return made


@pytest.fixture(autouse=True)
def _named(names: Names) -> None:
    """Every test has the name."""


def url_of(site: Site, host: str = NAME, scheme: str = "http") -> str:
    return f"{scheme}://{host}:{site.port}{PATH}"


async def refusal(fetcher: Fetcher, url: str) -> str:
    """The message for `url`, which tells nothing that it must not."""
    with pytest.raises(ImageNotFetched) as caught:
        await fetcher.fetch(url)
    message = str(caught.value)
    assert SECRET not in message
    assert "127.0.0.1" not in message or "127.0.0.1" in url
    assert message.endswith(".")
    assert "\n" not in message
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return message


def because(reason: str, host: str = NAME) -> str:
    return f"The image could not be fetched from {host}: {reason}."


NOT_PUBLIC = "its address is not public"
ASTRAY = "it redirects to where nothing can be fetched"


# What is asked


async def test_a_picture_is_fetched(names: Names) -> None:
    async with serving(FOUND) as site, fetching() as fetcher:
        assert await fetcher.fetch(url_of(site)) == PICTURE
    head = site.heads[0].lower()
    assert head.startswith(f"get /{SECRET}-path?{SECRET}-query=1 http/1.1\r\n")
    assert f"host: {NAME}:{site.port}\r\n" in head
    assert "accept: image/*\r\n" in head
    assert "accept-encoding: identity\r\n" in head
    assert "user-agent: mlx_jupyter/" in head
    assert names.asked == [NAME]


@pytest.mark.parametrize("told", ["application/octet-stream", "IMAGE/JPEG; q=1", None])
async def test_what_may_be_a_picture_is_let_through(told: str | None) -> None:
    said = answer("200 OK", *([f"Content-Type: {told}"] if told else []))
    async with serving(said) as site, fetching() as fetcher:
        assert await fetcher.fetch(url_of(site)) == PICTURE


async def test_a_body_may_come_in_chunks_of_unknown_length() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    said = head + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    async with serving(said) as site, fetching() as fetcher:
        assert await fetcher.fetch(url_of(site)) == b"abcde"


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(FOUND) as proxy, serving(FOUND) as site:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        async with fetching() as fetcher:
            await fetcher.fetch(url_of(site))
    assert (proxy.connections, site.connections) == (0, 1)


async def test_a_netrc_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text(f"default login {SECRET} password {SECRET}\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    async with serving(FOUND) as site, fetching() as fetcher:
        await fetcher.fetch(url_of(site))
    assert "authorization" not in site.heads[0].lower()


async def test_neither_cookies_nor_connections_are_kept() -> None:
    async with serving(answer("200 OK", "Set-Cookie: a=b; Path=/")) as site, fetching() as fetcher:
        await fetcher.fetch(url_of(site))
        await fetcher.fetch(url_of(site))
    assert site.connections == 2
    assert "cookie" not in site.heads[1].lower()


# Where it may lead


@pytest.mark.parametrize(
    "host",
    [
        *["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "169.254.169.254", "10.0.0.1"],
        *["2130706433", "0x7f000001", "127.1", "0x7f.1", "017700000001", "localhost", "[::]"],
        *["[64:ff9b::7f00:1]", "[fd00:ec2::254]", "LOCALHOST", "127.0.0.1:80"],
    ],
)
async def test_an_address_that_is_not_public_is_refused(host: str) -> None:
    async with fetching(allowed=is_public) as fetcher:
        message = await refusal(fetcher, f"http://{host}{PATH}")
    bare = host.removesuffix(":80").strip("[]").lower()
    assert message == because(NOT_PUBLIC, bare)


@pytest.mark.parametrize(
    "addresses", [["10.1.2.3"], ["127.0.0.1"], ["93.184.215.14", "10.1.2.3"], ["::ffff:10.1.2.3"]]
)
async def test_a_name_is_refused_if_any_of_its_addresses_is(
    names: Names, addresses: list[str]
) -> None:
    names.known[NAME] = addresses
    async with fetching(allowed=is_public) as fetcher:
        message = await refusal(fetcher, f"https://{NAME}{PATH}")
    assert message == because(NOT_PUBLIC)


async def test_a_refused_address_is_not_connected_to() -> None:
    async with serving(FOUND) as site, fetching(allowed=is_public) as fetcher:
        await refusal(fetcher, url_of(site))
        await refusal(fetcher, url_of(site, "127.0.0.1"))
    assert site.connections == 0


async def test_a_refusal_is_the_same_whether_something_listens() -> None:
    async with fetching(allowed=is_public) as fetcher:
        async with serving(FOUND) as site:
            open_port = await refusal(fetcher, url_of(site))
        assert await refusal(fetcher, url_of(site)) == open_port


async def test_a_name_that_changes_is_resolved_once_and_its_checked_address_asked(
    names: Names,
) -> None:
    def judged(address: IPAddress) -> bool:
        names.known[NAME] = ["169.254.169.254"]
        return is_loopback(address)

    async with serving(answer("503 Later"), FOUND) as site, fetching(allowed=judged) as fetcher:
        assert await fetcher.fetch(url_of(site)) == PICTURE
    assert names.asked == [NAME]
    assert site.connections == 2


async def test_a_family_without_a_route_costs_one_try(names: Names) -> None:
    names.known[NAME] = ["2001:db8::1", "2001:db8::2", "2001:db8::3", "127.0.0.1"]
    limits = FetchLimits(connect_seconds=0.1, tries=2, backoff_seconds=0)

    def judged(address: IPAddress) -> bool:
        return is_loopback(address) or address in map(ip_address, names.known[NAME])

    async with serving(FOUND) as site, fetching(limits, judged) as fetcher:
        assert await fetcher.fetch(url_of(site)) == PICTURE


async def test_a_name_that_does_not_exist_is_said_to(names: Names) -> None:
    names.known[NAME] = []
    async with fetching() as fetcher:
        assert await refusal(fetcher, f"http://{NAME}{PATH}") == because("no such host")


@pytest.mark.parametrize("host", ["a" * 64, "%31%32%37.0.0.1", "[fe80::1%25lo]", "2606:4700::1%1"])
async def test_what_cannot_be_a_name_is_no_such_host(host: str) -> None:
    inside = f"[{host}]" if ":" in host and "[" not in host else host
    async with fetching() as fetcher:
        message = await refusal(fetcher, f"http://{inside}{PATH}")
    assert message == because("no such host", host.strip("[]"))


async def test_a_resolver_that_hangs_is_left(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()

    def slow(host: str) -> list[Any]:
        asked.wait(10)
        return []

    monkeypatch.setattr(fetch, "_lookup", slow)
    async with fetching(FetchLimits(connect_seconds=0.02)) as fetcher:
        message = await refusal(fetcher, f"http://{NAME}{PATH}")
    asked.set()
    assert message == because("its name could not be resolved in time")


@pytest.mark.parametrize(
    "url",
    [
        *["", f"{SECRET}", f"file:///{SECRET}", f"ftp://{NAME}/{SECRET}", f"//{NAME}/{SECRET}"],
        *[f"data:image/png;base64,{SECRET}", f"http:///{SECRET}", f"gopher://{NAME}/{SECRET}"],
        *[f"http://[{SECRET}]/", f"http://{NAME}:{SECRET}/", f"http://{NAME}/\r\n{SECRET}: 1"],
        *[f"http://1.2.3.400/{SECRET}", f"http://\ud800/{SECRET}", f"http://{'ß' * 99}/{SECRET}"],
        *[f"http://{NAME}/{SECRET * 20000}", f"http://{'a.' * 127}/{SECRET}"],
    ],
    ids=lambda url: url[:30],
)
async def test_a_url_without_http_or_a_host_is_refused(url: str) -> None:
    async with fetching() as fetcher:
        message = await refusal(fetcher, url)
    assert message == "An image's URL has to begin with http:// or https:// and a host."


@pytest.mark.parametrize("who", [SECRET, f"me:{SECRET}", f":{SECRET}", f"{SECRET}%40me:"])
async def test_a_url_with_credentials_is_refused(who: str, names: Names) -> None:
    async with fetching() as fetcher:
        message = await refusal(fetcher, f"http://{who}@{NAME}{PATH}")
    assert message == because("its URL holds a user name or a password")
    assert names.asked == []


@pytest.mark.parametrize("port", ["0", "-1", "65536", "99999999999"])
async def test_a_port_that_is_none_is_refused(port: str) -> None:
    async with fetching() as fetcher:
        message = await refusal(fetcher, f"http://{NAME}:{port}{PATH}")
    assert message == because("its port is none")


# Redirects


def redirect(to: str, status: str = "302 Found") -> bytes:
    return answer(status, f"Location: {to}", body=HIDDEN)


@pytest.mark.parametrize("status", ["301 A", "302 A", "303 A", "307 A", "308 A"])
async def test_a_redirect_is_followed(names: Names, status: str) -> None:
    names.known["other.example"] = ["127.0.0.1"]
    async with serving(FOUND) as other:
        there = redirect(url_of(other, "other.example"), status)
        async with serving(there) as site, fetching() as fetcher:
            assert await fetcher.fetch(url_of(site)) == PICTURE
    assert names.asked == [NAME, "other.example"]
    assert f"Host: other.example:{other.port}\r\n" in other.heads[0]
    assert "referer" not in other.heads[0].lower()


async def test_a_redirect_may_be_relative(names: Names) -> None:
    async with serving(redirect("../b?c=d"), FOUND) as site, fetching() as fetcher:
        assert await fetcher.fetch(url_of(site)) == PICTURE
    assert site.heads[1].startswith("GET /b?c=d HTTP/1.1\r\n")
    assert f"Host: {NAME}:{site.port}\r\n" in site.heads[1]
    assert names.asked == [NAME, NAME]


async def test_a_redirect_to_a_private_address_is_not_followed() -> None:
    verdicts = iter([True, False])
    async with serving(FOUND) as private:
        there = redirect(url_of(private, "127.0.0.1"))
        async with (
            serving(there) as site,
            fetching(allowed=lambda _: next(verdicts)) as fetcher,
        ):
            assert await refusal(fetcher, url_of(site)) == because(ASTRAY)
    assert (site.connections, private.connections) == (1, 0)


@pytest.mark.parametrize(
    "to",
    [
        *["file:///etc/passwd", f"ftp://{NAME}/", f"http://me:{SECRET}@{NAME}/", "http://[", "//["],
        *["http://10.0.0.1/", "http://169.254.169.254/latest/meta-data", "gopher://x"],
        *["http://\xff\xfe/", f"http://{NAME}:0/", "javascript:1", f"http://{'a' * 64}/"],
    ],
)
async def test_a_redirect_astray_is_refused_in_one_sentence(to: str) -> None:
    async with serving(redirect(to)) as site, fetching() as fetcher:
        assert await refusal(fetcher, url_of(site)) == because(ASTRAY)
    assert site.connections == 1


async def test_a_redirect_to_itself_ends() -> None:
    async with serving(redirect(PATH)) as site, fetching() as fetcher:
        assert await refusal(fetcher, url_of(site)) == because("it redirects too often")
    assert site.connections == 1 + QUICK.redirects


async def test_a_redirect_without_a_target_is_a_status() -> None:
    async with serving(answer("302 Found", body=HIDDEN)) as site, fetching() as fetcher:
        assert await refusal(fetcher, url_of(site)) == because("status 302")


# How much, and for how long


async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(HIDDEN * 1000)
        await writer.drain()


async def test_an_endless_body_is_left_at_the_limit() -> None:
    async with serving(flood) as site, fetching() as fetcher:
        assert await refusal(fetcher, url_of(site)) == because("more than 0.1 MB")
        await asyncio.wait_for(site.left.wait(), 2)


async def test_a_body_of_exactly_the_limit_is_fetched() -> None:
    body = b"x" * QUICK.max_bytes
    async with serving(answer(body=body), answer(body=body + b"x")) as site, fetching() as fetcher:
        assert await fetcher.fetch(url_of(site)) == body
        assert await refusal(fetcher, url_of(site)) == because("more than 0.1 MB")


async def test_a_length_over_the_limit_is_refused_without_the_body() -> None:
    async def promise(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(body=b"", length=10**12))
        await reader.read()
        site.left.set()

    async with serving(promise) as site, fetching() as fetcher:
        assert await refusal(fetcher, url_of(site)) == because("more than 0.1 MB")
        await asyncio.wait_for(site.left.wait(), 2)


@pytest.mark.parametrize("length", ["1000", "-1", "1e3", f"1\r\nContent-Length: 2\r\nX: {SECRET}"])
async def test_a_length_that_lies_is_a_broken_answer(length: str) -> None:
    said = f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode() + HIDDEN
    async with serving(said) as site, fetching() as fetcher:
        assert await refusal(fetcher, url_of(site)) == because("its answer is broken")
    assert site.connections == 1


async def test_more_than_the_length_is_not_read() -> None:
    said = answer(body=PICTURE + HIDDEN, length=len(PICTURE))
    async with serving(said) as site, fetching() as fetcher:
        assert await fetcher.fetch(url_of(site)) == PICTURE


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(answer(body=b"", length=1000))
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def test_a_body_that_drips_ends_at_the_total() -> None:
    limits = FetchLimits(total_seconds=0.2)
    async with serving(drip) as site, fetching(limits) as fetcher:
        assert await refusal(fetcher, url_of(site)) == because("it took more than 0.2 s")
        await asyncio.wait_for(site.left.wait(), 2)


async def test_a_server_that_stops_is_left_and_not_asked_again() -> None:
    limits = FetchLimits(read_seconds=0.1)
    async with serving(b"") as site, fetching(limits) as fetcher:
        site.answers = [site.hold]
        assert await refusal(fetcher, url_of(site)) == because("it sent nothing for 0.1 s")
        await asyncio.wait_for(site.left.wait(), 2)
    assert site.connections == 1


async def test_a_cancelled_fetch_hangs_up() -> None:
    async with serving(b"") as site, fetching() as fetcher:
        asked = asyncio.Event()

        async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.set()
            await site.hold(reader, writer)

        site.answers = [hold]
        task = asyncio.create_task(fetcher.fetch(url_of(site)))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(site.left.wait(), 0.4)


# What is answered


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("text/html; charset=utf-8", "it is text/html, not an image"),
        ("application/json", "it is application/json, not an image"),
        ("Text/PLAIN", "it is text/plain, not an image"),
        (f"<b>{SECRET}</b>", "it is not an image"),
        (f"text/{'x' * 100}{SECRET}", "it is not an image"),
        ("imagetic", "it is not an image"),
    ],
)
async def test_what_says_that_it_is_no_picture_is_refused(told: str, reason: str) -> None:
    said = answer("200 OK", f"Content-Type: {told}", body=HIDDEN)
    async with serving(said) as site, fetching() as fetcher:
        assert await refusal(fetcher, url_of(site)) == because(reason)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "identity, gzip", SECRET])
async def test_a_compressed_body_is_refused_unread(coding: str) -> None:
    bomb = gzip.compress(bytes(10**6))
    said = answer("200 OK", "Content-Type: image/png", f"Content-Encoding: {coding}", body=bomb)
    async with serving(said) as site, fetching() as fetcher:
        message = await refusal(fetcher, url_of(site))
    assert message == because("it is compressed, which was not asked for")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429])
async def test_a_no_is_not_asked_again(status: int) -> None:
    said = answer(f"{status} {SECRET}", body=HIDDEN)
    async with serving(said, FOUND) as site, fetching() as fetcher:
        assert await refusal(fetcher, url_of(site)) == because(f"status {status}")
    assert site.connections == 1


async def test_a_server_in_trouble_is_asked_again() -> None:
    async with serving(answer("500 Oh"), answer("502 Oh"), FOUND) as site, fetching() as fetcher:
        assert await fetcher.fetch(url_of(site)) == PICTURE
    assert site.connections == 3


async def test_a_server_that_stays_in_trouble_is_told_by_its_status() -> None:
    async with serving(answer("503 Oh", body=HIDDEN)) as site, fetching() as fetcher:
        assert await refusal(fetcher, url_of(site)) == because("status 503")
    assert site.connections == 3


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Closes with a reset instead of an end."""
    linger = bytes([1, 0, 0, 0, 0, 0, 0, 0])
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


async def test_a_connection_that_breaks_is_tried_again() -> None:
    async with serving(reset, FOUND) as site, fetching() as fetcher:
        assert await fetcher.fetch(url_of(site)) == PICTURE
    assert site.connections == 2


@pytest.mark.parametrize("said", [b"SSH-2.0-hidden\r\n", b"", b"HTTP/1.1 999999 hidden\r\n\r\n"])
async def test_what_is_not_http_is_a_broken_answer(said: bytes) -> None:
    async with serving(said) as site, fetching() as fetcher:
        assert await refusal(fetcher, url_of(site)) == because("its answer is broken")


async def test_a_closed_port_is_tried_three_times(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(FOUND) as site:
        pass
    loop, tried = asyncio.get_running_loop(), []
    connect: Any = loop.create_connection

    async def counted(factory: object, host: str, *args: object, **options: object) -> object:
        tried.append(host)
        return await connect(factory, host, *args, **options)

    monkeypatch.setattr(loop, "create_connection", counted)
    async with fetching() as fetcher:
        assert await refusal(fetcher, url_of(site)) == because("it cannot be reached")
    assert tried == ["127.0.0.1"] * 3


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For the name alone, not for its address."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificate")
    made = tmp_path_factory.mktemp("tls") / "both.pem"
    subprocess.run(
        [
            *[openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"],
            *["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"],
            *["-keyout", str(made), "-out", str(made.with_suffix(".crt"))],
        ],
        check=True,
        capture_output=True,
    )
    made.write_text(made.read_text() + made.with_suffix(".crt").read_text())
    return made


@pytest.fixture
def servers_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_the_certificate_is_verified_for_the_name_not_the_address(
    certificate: Path, servers_tls: ssl.SSLContext
) -> None:
    asked = []
    servers_tls.sni_callback = lambda _, name, __: asked.append(name)
    trusting = ssl.create_default_context(cafile=certificate)
    async with serving(FOUND, tls=servers_tls) as site, fetching(tls=trusting) as fetcher:
        assert await fetcher.fetch(url_of(site, scheme="https")) == PICTURE
    assert asked == [NAME]
    assert f"Host: {NAME}:{site.port}\r\n" in site.heads[0]


async def test_another_name_at_the_same_address_is_verified_by_itself(
    names: Names, certificate: Path, servers_tls: ssl.SSLContext
) -> None:
    names.known["other.example"] = ["127.0.0.1"]
    trusting = ssl.create_default_context(cafile=certificate)
    async with serving(FOUND, tls=servers_tls) as site, fetching(tls=trusting) as fetcher:
        await fetcher.fetch(url_of(site, scheme="https"))
        message = await refusal(fetcher, url_of(site, "other.example", "https"))
    assert message == because("it cannot be reached", "other.example")
    assert len(site.heads) == 1


async def test_an_unknown_certificate_is_refused(servers_tls: ssl.SSLContext) -> None:
    async with serving(FOUND, tls=servers_tls) as site, fetching() as fetcher:
        message = await refusal(fetcher, url_of(site, scheme="https"))
    assert message == because("it cannot be reached")
    assert site.heads == []
