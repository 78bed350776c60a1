"""Taking images out of JSON changes nothing of what the JSON says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.server.handlers.body import Body
from mlx_jupyter.server.handlers.chat import ChatHandler
from mlx_jupyter.server.images import lifting
from mlx_jupyter.server.images.lifting import LARGE_BYTES, Lifted, lift
from mlx_jupyter.server.openai import images_of
from mlx_jupyter.wire.chat import ChatRequest

HEAD = "data:image/png;base64,"


def url(size_bytes: int = LARGE_BYTES + 1, letter: str = "A") -> str:
    return HEAD + letter * (size_bytes - len(HEAD))


def image(text: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": text}}


def chat(*content: Any) -> bytes:
    """A message of the user for each."""
    messages = [{"role": "user", "content": one} for one in content]
    return json.dumps({"model": "m", "messages": messages}).encode()


def put_back(lifted: Lifted) -> bytes:
    body = lifted.body
    for name, text in lifted.urls.items():
        quoted = f'"{name}"'.encode()
        assert body.count(quoted) == 1
        body = body.replace(quoted, b'"' + text + b'"')
    return body


def named(value: Any, urls: dict[str, memoryview]) -> Any:
    """`value` with the texts that its names stand for."""
    match value:
        case str():
            return json.loads(b'"' + urls[value] + b'"') if value in urls else value
        case list():
            return [named(one, urls) for one in value]
        case dict():
            return {named(key, urls): named(one, urls) for key, one in value.items()}
    return value


# What is lifted


def test_a_large_image_is_lifted() -> None:
    body = chat([{"type": "text", "text": "what is it?"}, image(url())])
    lifted = lift(body)
    assert [bytes(text).decode() for text in lifted.urls.values()] == [url()]
    assert len(lifted.body) < 300
    (name,) = lifted.urls
    assert json.loads(lifted.body)["messages"][0]["content"][1]["image_url"]["url"] == name


def test_images_keep_their_order_and_their_own_names() -> None:
    texts = [url(letter=letter) for letter in "ABCDE"]
    lifted = lift(chat([image(text) for text in texts]))
    request = msgspec.json.decode(lifted.body, type=ChatRequest)
    sources = images_of(request, lifted.urls)
    assert [bytes(source.url).decode() for source in sources] == texts  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("size_bytes", "is_lifted"), [(LARGE_BYTES, True), (LARGE_BYTES - 1, False)]
)
def test_only_what_is_large_is_lifted(size_bytes: int, is_lifted: bool) -> None:
    assert bool(lift(chat([image(url(size_bytes))])).urls) == is_lifted


@pytest.mark.parametrize(
    "written",
    [
        f'"{HEAD}' + "A" * LARGE_BYTES + '\\\\"',
        f'"{HEAD}' + "A" * LARGE_BYTES + '\\" said he"',
        '"as in \\"' + url() + '"',
        '"as in \\"' + url() + '\\""',
        '"\\\\\\"' + url() + '"',
        '"' + "x" + url() + '"',
        '" ' + url() + '"',
        '"' + url().upper() + '"',
        '"\\u0064ata:image/png;base64,' + "A" * LARGE_BYTES + '"',
    ],
    ids=lambda written: written[:40],
)
def test_what_quotes_or_is_quoted_stays(written: str) -> None:
    body = ('{"a": [' + written + "]}").encode()
    json.loads(body)
    assert lift(body) == Lifted(body, {})


@pytest.mark.parametrize("escape", ["\\/", "\\u002B", "\\u002b", "\\n", "\\u003d"])
def test_one_that_its_encoder_escaped_is_lifted(escape: str) -> None:
    """.NET's writes a plus so, PHP's a slash; which are allowed is told by `intake`."""
    body = (f'["{HEAD}' + "A" * LARGE_BYTES + escape + 'AA"]').encode()
    lifted = lift(body)
    assert len(lifted.urls) == 1
    assert named(json.loads(lifted.body), lifted.urls) == json.loads(body)


def test_one_after_a_text_that_ends_with_a_backslash_is_lifted() -> None:
    body = json.dumps(["C:\\", url(), '"', url(), '\\"']).encode()
    lifted = lift(body)
    assert len(lifted.urls) == 2
    assert named(json.loads(lifted.body), lifted.urls) == json.loads(body)


def test_a_body_without_any_is_itself() -> None:
    for body in (b"", b"{}", b'"data:', b'"data:"', b"data:" + b"A" * LARGE_BYTES):
        assert lift(body) == Lifted(body, {})
        assert lift(bytearray(body)) == Lifted(body, {})


def test_one_without_an_end_stays() -> None:
    body = b'{"a": "data:' + b"A" * 2 * LARGE_BYTES
    assert lift(body) == Lifted(body, {})


@pytest.mark.parametrize("kind", [bytes, bytearray])
def test_nothing_is_copied(kind: type[bytes] | type[bytearray]) -> None:
    body = kind(chat([image(url()), image(url())]))
    lifted = lift(body)
    assert len(lifted.urls) == 2
    assert all(text.obj is body for text in lifted.urls.values())


def test_nobody_can_guess_a_name() -> None:
    """Else a request could have another's image, or hide that it has a text of that name."""
    body = chat([image(url())])
    names = [name for _ in range(100) for name in lift(body).urls]
    assert len(set(names)) == 100
    assert all(re.fullmatch(r"lifted:[0-9a-f]{16}:0", name) for name in names)


def test_a_name_of_yesterday_is_a_text_like_any_other() -> None:
    (old,) = lift(chat([image(url())])).urls
    lifted = lift(chat([image(old), image(url())]))
    sources = images_of(msgspec.json.decode(lifted.body, type=ChatRequest), lifted.urls)
    assert sources[0].url == old
    assert bytes(sources[1].url) == url().encode()  # type: ignore[arg-type]


# Whatever the body is

SMALL = 24
"""What counts as large below, so that there is much of it."""


@pytest.fixture(autouse=True, scope="module")
def _nothing_left() -> Iterator[None]:
    yield
    assert lifting.LARGE_BYTES == LARGE_BYTES


EVERY = settings(derandomize=True, deadline=None, max_examples=80, database=None)

hard = st.sampled_from(
    [
        '"',
        "\\",
        '\\"',
        "data:",
        '"data:',
        '\\"data:',
        HEAD,
        "lifted:0:0",
        "/",
        "\n",
        "ä",
        "日",
        "\0",
    ]
)
images = st.sampled_from([0, 1, 2, 3, 4, 30]).map(lambda length: HEAD + "A" * length)
texts = st.one_of(
    images,
    st.lists(st.one_of(hard, images, st.text(max_size=4)), max_size=6).map("".join),
)
values = st.recursive(
    st.one_of(texts, st.none(), st.booleans(), st.integers()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """JSON, as various encoders write it."""
    value = draw(st.lists(values, min_size=1, max_size=3))
    body = json.dumps(
        value,
        ensure_ascii=draw(st.booleans()),
        indent=draw(st.sampled_from([None, 1])),
        separators=draw(st.sampled_from([(",", ":"), (" , ", " : ")])),
    )
    if draw(st.booleans()):
        body = body.replace("/", "\\/")
    return body.encode(errors="surrogatepass")


def lift_small(body: bytes) -> Lifted:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lifting, "LARGE_BYTES", SMALL)
        return lift(body)


@EVERY
@given(bodies())
def test_what_is_put_back_is_the_very_same_body(body: bytes) -> None:
    lifted = lift_small(body)
    assert put_back(lifted) == body


@EVERY
@given(bodies())
def test_the_rest_says_the_same_with_names_in_it(body: bytes) -> None:
    lifted = lift_small(body)
    assert named(json.loads(lifted.body), lifted.urls) == json.loads(body)


@EVERY
@given(values)
def test_every_large_image_without_quotes_is_lifted(value: Any) -> None:
    body = json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass")
    lifted, expected = lift_small(body), []

    def see(one: Any) -> None:
        match one:
            case str():
                written = json.dumps(one, ensure_ascii=False).encode(errors="surrogatepass")
                plain = written.startswith(b'"data:') and b'\\"' not in written
                expected.extend([written[1:-1]] if plain and len(written) > SMALL + 1 else [])
            case list():
                for inner in one:
                    see(inner)
            case dict():
                for key, inner in one.items():
                    see(key)
                    see(inner)

    see(value)
    assert [bytes(text) for text in lifted.urls.values()] == expected


@EVERY
@given(bodies(), st.data())
def test_what_is_no_json_stays_none(body: bytes, data: st.DataObject) -> None:
    assume(body)
    place = data.draw(st.integers(0, len(body) - 1))
    damage = data.draw(st.sampled_from([b"", b'"', b"{", b"]", b",", b'"data:', b"A"]))
    damaged = body[:place] + damage + body[place + 1 :]
    lifted = lift_small(damaged)
    assert put_back(lifted) == damaged
    wholes = [b'"' + text + b'"' for text in lifted.urls.values()]  # checked where they are used
    assert (is_json(lifted.body) and all(map(is_json, wholes))) == is_json(damaged)


@EVERY
@given(
    st.lists(st.sampled_from([b'"', b"\\", b'"data:', b"A" * 30, b",", b"[", b"]"]), max_size=12)
)
def test_of_any_bytes_nothing_is_lost(pieces: list[bytes]) -> None:
    body = b"".join(pieces)
    lifted = lift_small(body)
    assert put_back(lifted) == body
    wholes = [b'"' + text + b'"' for text in lifted.urls.values()]
    assert (is_json(lifted.body) and all(map(is_json, wholes))) == is_json(body)


def is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


# Texts that only look like an image


def understood(body: bytes) -> tuple[ChatRequest, list[Any]]:
    """As the handler does it, which needs nothing of Tornado for this."""
    whole = Body(len(body))
    whole.add(body)
    return ChatHandler.__new__(ChatHandler)._understood(whole)


def test_a_text_that_looks_like_an_image_survives() -> None:
    request, sources = understood(chat(url(), [{"type": "text", "text": url(letter="B")}]))
    assert request.messages[0].content == url()
    content = request.messages[1].content
    assert isinstance(content, list)
    assert content[0].text == url(letter="B")
    assert sources == []


def test_a_text_that_looks_like_an_image_survives_beside_images() -> None:
    request, sources = understood(chat(url(), [image(url(letter="B"))], [image("http://a/b")]))
    assert request.messages[0].content == url()
    assert [source.url for source in sources] == [url(letter="B"), "http://a/b"]


def test_the_name_of_an_image_is_never_a_text() -> None:
    request, sources = understood(chat([image(url()), image(url(letter="B"))]))
    assert [bytes(source.url).decode() for source in sources] == [url(), url(letter="B")]
    assert url().encode() not in msgspec.json.encode(request)


def test_an_image_that_a_later_key_replaces_is_none() -> None:
    """JSON with the same key twice: the last one counts."""
    body = chat([image(url())]).replace(
        b'{"url":', b'{"url": "' + url(letter="B").encode() + b'","url":'
    )
    _, sources = understood(body)
    assert [source.url for source in sources] == [url()]


def test_what_is_no_json_is_refused_with_images_in_it() -> None:
    with pytest.raises(InvalidRequest, match="not valid JSON"):
        understood(chat([image(url())])[:-1])


@pytest.mark.parametrize("raw", [b"\n", b"\x00", b"\xff"])
def test_a_text_with_raw_bytes_is_no_json_though_it_was_lifted(raw: bytes) -> None:
    body = chat(url()).replace(b"AAAA", b"AA" + raw + b"AA", 1)
    assert lift(body).urls
    with pytest.raises(InvalidRequest, match="not valid JSON"):
        understood(body)
