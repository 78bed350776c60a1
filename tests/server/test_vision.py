"""Images in `v1/chat/completions`, through the real openai client and a real worker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import psutil
import pytest
from PIL import Image

from tests.jupyter_process import JupyterProcess, jupyter
from tests.server.images.pictures import (
    circle,
    data_url,
    encoded,
    part,
    question,
    square,
)

VISION = "demo/vision"
WHAT = "What is in the picture?"
PNG = {"Content-Type": "image/png"}


def answer(client: openai.OpenAI, messages: list[Any], model: str = VISION, **more: Any) -> str:
    made = client.chat.completions.create(model=model, messages=messages, **more)
    return made.choices[0].message.content or ""


def test_one_picture_and_two_in_order(client: openai.OpenAI) -> None:
    assert answer(client, question(part(circle()), WHAT)) == "A red circle."
    both = question(part(square()), part(circle()), "What are these?")
    found = answer(client, both)
    assert found.index("blue square") < found.index("red circle")


def test_what_is_seen_as_an_object(client: openai.OpenAI) -> None:
    shape = {
        "type": "object",
        "properties": {
            "colour": {"enum": ["red", "blue", "green"]},
            "shape": {"enum": ["circle", "square"]},
        },
        "required": ["colour", "shape"],
        "additionalProperties": False,
    }
    described = {"type": "json_schema", "json_schema": {"name": "seen", "schema": shape}}
    found = json.loads(answer(client, question(part(circle()), WHAT), response_format=described))
    assert found["shape"] in ("circle", "square")


def test_a_plain_url_and_no_text_beside_it(client: openai.OpenAI) -> None:
    image = {"type": "image_url", "image_url": data_url(encoded(circle()))}
    assert answer(client, question(image, WHAT)) == "A red circle."
    assert answer(client, question(image))


def test_the_default_is_the_vision_model_where_there_is_a_picture(server: JupyterProcess) -> None:
    with server.http() as http:
        messages = question(part(circle()), WHAT)
        made = http.post("v1/chat/completions", json={"messages": messages}).json()
        text = http.post(
            "v1/chat/completions", json={"messages": question("Hello"), "max_tokens": 2}
        ).json()
    assert (made["model"], text["model"]) == (VISION, "demo/chat")


def test_it_streams_token_by_token_and_says_what_it_saw(client: openai.OpenAI) -> None:
    with client.chat.completions.create(
        model=VISION,
        messages=question(part(circle("green")), WHAT),
        stream=True,
        stream_options={"include_usage": True},
    ) as stream:
        *chunks, last = stream
    pieces = [chunk.choices[0].delta.content for chunk in chunks]
    assert "".join(piece or "" for piece in pieces) == "A green circle."
    assert len([piece for piece in pieces if piece]) > 2
    assert last.usage is not None
    details = last.usage.prompt_tokens_details
    assert details is not None
    assert details.image_tokens > 0  # type: ignore[attr-defined]


def test_the_same_picture_asked_twice_is_encoded_once(client: openai.OpenAI) -> None:
    image = part(circle("purple", side=211))
    usages = []
    for words in (WHAT, "What color is it?"):
        made = client.chat.completions.create(model=VISION, messages=question(image, words))
        usages.append(made.to_dict()["usage"]["prompt_tokens_details"])  # type: ignore[index]
    assert [usage["cached_image_tokens"] for usage in usages] == [0, usages[1]["image_tokens"]]


def test_a_conversation_keeps_its_pictures(client: openai.OpenAI) -> None:
    messages = [
        *question(part(circle()), WHAT),
        {"role": "assistant", "content": "A red circle."},
        *question(part(square()), WHAT),
    ]
    assert answer(client, messages)
    alone = client.chat.completions.create(model=VISION, messages=messages[:1])
    whole = client.chat.completions.create(model=VISION, messages=messages)
    assert whole.usage is not None
    assert alone.usage is not None
    assert whole.usage.prompt_tokens > 2 * alone.usage.prompt_tokens - 10


def test_text_alone_to_a_vision_model(client: openai.OpenAI) -> None:
    assert answer(client, question("What can you do?"))
    text = client.completions.create(model=VISION, prompt="A red", max_tokens=3)
    assert text.choices[0].text


def test_a_large_picture_is_scaled_down_and_the_answer_says_so(client: openai.OpenAI) -> None:
    large = encoded(circle(side=3000), "JPEG")
    raw = client.chat.completions.with_raw_response.create(
        model=VISION, messages=question(part(large), WHAT)
    )
    warning = raw.headers["x-mlx-warning"]
    assert warning == (
        "Image 1 was scaled down from 3000 x 3000 to 2048 x 2048 pixels (max_image_side)."
    )
    assert raw.parse().choices[0].message.content == "A red circle."
    quiet = client.chat.completions.with_raw_response.create(
        model=VISION, messages=question(part(large, detail="low"), WHAT)
    )
    assert "x-mlx-warning" not in quiet.headers


def test_a_text_model_refuses_and_names_those_that_see(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        answer(client, question(part(circle()), WHAT), model="demo/chat")
    assert "Model 'demo/chat' does not support vision." in caught.value.message
    assert VISION in caught.value.message
    assert caught.value.param == "model"


BAD: dict[str, tuple[list[Any], int, str, str]] = {
    "a damaged second one": (
        question(part(circle()), part(encoded(square(), "JPEG")[:600])),
        400,
        "Image 2",
        "messages[0].content[1].image_url",
    ),
    "nothing in it": (question(part(b"")), 400, "empty", "messages[0].content[0].image_url"),
    "an SVG": (
        question(part(b'<svg xmlns="http://www.w3.org/2000/svg"/>')),
        400,
        "SVG",
        "messages[0].content[0].image_url",
    ),
    "a bomb": (
        question(part(encoded(Image.new("1", (20_000, 20_000))))),
        400,
        "megapixels",
        "messages[0].content[0].image_url",
    ),
    "fifty": (
        question(*[part(circle(side=64))] * 50),
        413,
        "50 images",
        "messages[0].content[32].image_url",
    ),
    "a file": (
        question(part("file:///etc/passwd")),
        400,
        "opens no files",
        "messages[0].content[0].image_url",
    ),
    "a path": (
        question(part("/etc/passwd")),
        400,
        "opens no files",
        "messages[0].content[0].image_url",
    ),
    "this machine": (
        question(part("http://127.0.0.1:1/secret?key=abc")),
        400,
        "not public",
        "messages[0].content[0].image_url",
    ),
    "a wrong detail": (
        question(part(circle(), detail="enormous")),
        400,
        "detail",
        "messages[0].content[0].image_url.detail",
    ),
    "of the system": (
        [{"role": "system", "content": [part(circle())]}, *question("hi")],
        400,
        "not of 'system'",
        "messages[0].content[0].image_url",
    ),
    "without a URL": (
        question({"type": "image_url"}),
        400,
        "URL",
        "messages[0].content[0].image_url",
    ),
}


@pytest.mark.parametrize("case", list(BAD))
@pytest.mark.parametrize("stream", [False, True])
def test_a_bad_picture_is_named(client: openai.OpenAI, case: str, stream: bool) -> None:
    messages, status, words, param = BAD[case]
    with pytest.raises(openai.APIStatusError) as caught:
        client.chat.completions.create(model=VISION, messages=messages, stream=stream)  # type: ignore[call-overload]
    assert caught.value.status_code == status
    assert words in caught.value.message
    assert caught.value.param == param
    assert "secret" not in caught.value.message
    assert "abc" not in caught.value.message


def test_bad_pictures_leave_the_servers_memory_flat(
    client: openai.OpenAI, server: JupyterProcess
) -> None:
    process = psutil.Process(server.pid)

    def refuse_all() -> None:
        for messages, *_ in BAD.values():
            with pytest.raises(openai.APIStatusError):
                client.chat.completions.create(model=VISION, messages=messages)

    refuse_all()
    before = process.memory_info().rss
    for _ in range(4):
        refuse_all()
    assert process.memory_info().rss - before < 16 * 2**20


def test_large_refused_bodies_leave_the_servers_memory_flat(server: JupyterProcess) -> None:
    noise = part(encoded(Image.effect_noise((640, 640), 90)))
    damaged = part(encoded(Image.effect_noise((900, 900), 90))[:-5000])
    process = psutil.Process(server.pid)

    def refused(messages: list[Any], status: int) -> None:
        with server.http() as http:
            body = {"messages": messages, "model": VISION}
            assert http.post("/v1/chat/completions", json=body).status_code == status

    refused(question(*[noise] * 40), 413)
    refused(question(damaged), 400)
    before = process.memory_info().rss
    for _ in range(6):
        refused(question(*[noise] * 40), 413)
        refused(question(damaged), 400)
    assert process.memory_info().rss - before < 20 * 2**20


def test_a_body_that_is_too_large_is_not_collected(server: JupyterProcess) -> None:
    process = psutil.Process(server.pid)
    before = process.memory_info().rss
    content = (b"x" * 2**20 for _ in range(120))
    with server.http() as http:
        refused = http.post("v1/chat/completions", content=content)
        assert refused.status_code == 413
        assert "64 MiB" in refused.json()["error"]["message"]
        text = {"messages": question("x" * (5 * 2**20))}
        assert http.post("v1/chat/completions", json=text).status_code == 413
    assert process.memory_info().rss - before < 90 * 2**20


def test_nobody_sends_a_large_body_without_a_key(server: JupyterProcess) -> None:
    content = json.dumps({"messages": question(part(circle(side=1000)))})
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        refused = httpx.post(f"{server.url}/chat/completions", content=content, headers=headers)
        assert refused.status_code == 401
        assert refused.json()["error"]["code"] == "invalid_api_key"


def test_a_long_text_that_begins_as_a_picture_does_is_a_text(client: openai.OpenAI) -> None:
    """It is lifted out of the body together with the picture, and put back."""
    messages = question(part(circle()), f"data:{'x' * 20_000}")
    with pytest.raises(openai.BadRequestError, match="context"):
        answer(client, messages)


def test_a_text_that_begins_as_a_picture_does_is_bounded_as_a_text(server: JupyterProcess) -> None:
    with server.http() as http:
        for body in (
            {"messages": question(f"data:{'x' * (5 * 2**20)}")},
            {"messages": question("hi"), "stop": f"data:{'x' * (5 * 2**20)}"},
        ):
            refused = http.post("/v1/chat/completions", json=body)
            assert refused.status_code == 413
            assert "besides its images" in refused.json()["error"]["message"]


def test_a_picture_of_an_encoder_that_escapes_is_lifted_too(server: JupyterProcess) -> None:
    noise = encoded(Image.effect_noise((1900, 1900), 90))
    assert len(noise) > 3.2 * 2**20
    plain = json.dumps({"model": VISION, "messages": question(part(noise), WHAT), "max_tokens": 2})
    with server.http() as http:
        for body in (plain.replace("/", "\\/"), plain.replace("+", "\\u002B")):
            made = http.post("/v1/chat/completions", content=body)
            assert made.status_code == 200, made.text


def test_a_preflight_opens_nothing_but_itself(server: JupyterProcess) -> None:
    headers = {"Access-Control-Request-Method": "POST"}
    address = f"{server.url}/chat/completions"
    assert httpx.post(address, headers=headers, content=b"{}").status_code == 401
    assert httpx.options(address, headers=headers).status_code < 300


def test_a_template_option_cannot_forge_pictures(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="num_images"):
        answer(client, question("hi"), extra_body={"chat_template_kwargs": {"num_images": 3}})


def test_pictures_are_on_the_ledger_and_leave_with_pressure(
    client: openai.OpenAI, server: JupyterProcess
) -> None:
    answer(client, question(part(circle("orange", side=640)), WHAT))
    with server.http() as http:
        ledger = http.get("admin/models/status").json()["ledger"]
    assert ledger["cached_bytes"] >= 640 * 640 * 3


@pytest.fixture(scope="module")
def fetching(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[JupyterProcess]:
    """A server that may fetch from this machine; nothing else lets it."""
    arguments = ['--MLXJupyter.image_networks=["127.0.0.1/32"]', "--MLXJupyter.max_image_side=64"]
    with jupyter(tmp_path_factory.mktemp("fetching"), arguments) as process:
        yield process


class Site:
    """Answers every request the same, and counts them."""

    def __init__(self, reply: bytes) -> None:
        self.reply, self.requests = reply, list[bytes]()

    async def __aenter__(self) -> Site:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1")
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(self.reply)
        writer.close()


def ok(body: bytes, media_type: str = "image/png") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


async def ask(server: JupyterProcess, url: str) -> httpx.Response:
    async with httpx.AsyncClient(timeout=60) as http:
        return await http.post(
            f"{server.url}/chat/completions",
            headers={"Authorization": f"Bearer {server.key}"},
            json={"messages": question(part(url), WHAT)},
        )


async def test_a_picture_from_a_url(fetching: JupyterProcess) -> None:
    async with Site(ok(encoded(circle()))) as site:
        made = await ask(fetching, f"http://127.0.0.1:{site.port}/private/circle.png?token=t0p")
    assert made.json()["choices"][0]["message"]["content"] == "A red circle."
    assert "64 x 64" in made.headers["x-mlx-warning"]
    assert len(site.requests) == 1
    assert "t0p" not in fetching.log


async def test_a_request_can_be_cancelled_while_its_picture_is_fetched(
    fetching: JupyterProcess,
) -> None:
    asked, gone = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await reader.read()
        gone.set()
        writer.close()

    site = await asyncio.start_server(serve, "127.0.0.1")
    port = site.sockets[0].getsockname()[1]
    messages = question(part(f"http://127.0.0.1:{port}/slow.png"), WHAT)
    key = {"Authorization": f"Bearer {fetching.key}"}
    async with httpx.AsyncClient(base_url=fetching.base, headers=key, timeout=60) as http:
        asking = asyncio.create_task(
            http.post(
                "/v1/chat/completions",
                json={"messages": messages},
                headers={"X-Request-Id": "slow"},
            )
        )
        await asked.wait()
        cancelled = await http.post("/admin/requests/slow/cancel")
        ended = await asking
    assert (cancelled.status_code, ended.status_code) == (200, 499)
    await asyncio.wait_for(gone.wait(), 10)
    site.close()


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\nhidden", "404"),
        (ok(b"<html>hidden</html>", "text/html"), "text/html"),
        (ok(b"hidden", "image/png"), "not a PNG"),
        (
            b"HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/hidden\r\nContent-Length: 0\r\n\r\n",
            "redirects",
        ),
        (
            b"HTTP/1.1 302 Found\r\nLocation: http://[::1]:22/hidden\r\nContent-Length: 0\r\n\r\n",
            "redirects",
        ),
    ],
)
async def test_what_a_url_gives_instead_is_not_told(
    fetching: JupyterProcess, reply: bytes, words: str
) -> None:
    async with Site(reply) as site:
        refused = await ask(fetching, f"http://127.0.0.1:{site.port}/hidden")
    error = refused.json()["error"]
    assert refused.status_code == 400
    assert words in error["message"]
    assert "hidden" not in refused.text
    assert error["param"] == "messages[0].content[0].image_url"


async def test_urls_can_be_turned_off(tmp_path_factory: pytest.TempPathFactory) -> None:
    arguments = ["--MLXJupyter.allow_image_urls=False"]
    with jupyter(tmp_path_factory.mktemp("off"), arguments) as server:
        refused = await ask(server, "https://example.org/a.png")
    assert refused.status_code == 400
    assert "allow_image_urls" in refused.json()["error"]["message"]
