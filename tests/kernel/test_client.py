from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

import mlx_jupyter
from mlx_jupyter.errors import InvalidRequest, RequestFailed, UnsupportedParameter
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.images.picture import Preview
from mlx_jupyter.wire.generation import Usage


@pytest.fixture
def pool(canned: Any) -> Iterator[Pool]:
    with mlx_jupyter.connect(canned.url, canned.key) as made:
        yield made


def test_a_question_is_answered_with_a_text(pool: Pool) -> None:
    assert pool.chat("What is MLX?").text == "MLX is an array framework."


def test_a_whole_answer_is_not_partial(pool: Pool) -> None:
    answer = pool.chat("What is MLX?")
    assert (answer.partial, answer.finish_reason) == (False, "stop")


def test_an_answer_tells_its_model_and_usage(pool: Pool) -> None:
    answer = pool.chat("What is MLX?")
    assert (answer.model, answer.usage) == ("demo/chat", Usage(5, 6, 11))


def test_a_text_becomes_a_user_message_after_the_system_prompt(pool: Pool, canned: Any) -> None:
    pool.chat("Hello", system="Be kind.")
    sent = [(message.role, message.content) for message in canned.requests[0].messages]
    assert sent == [("system", "Be kind."), ("user", "Hello")]


def test_messages_are_sent_as_they_are(pool: Pool, canned: Any) -> None:
    pool.chat([{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}])
    assert [message.content for message in canned.requests[0].messages] == ["a", "b"]


def test_a_temperature_of_zero_is_sent(pool: Pool, canned: Any) -> None:
    pool.chat("Hello", temperature=0)
    assert canned.requests[0].temperature == 0


def test_what_is_not_given_is_left_to_the_server(pool: Pool, canned: Any) -> None:
    pool.chat("Hello")
    sent = canned.requests[0]
    assert (sent.temperature, sent.top_p, sent.max_tokens, sent.stop) == (None, None, None, None)


def test_further_fields_are_sent(pool: Pool, canned: Any) -> None:
    pool.chat("Hello", top_k=3)
    assert canned.requests[0].top_k == 3


def test_a_given_seed_is_sent_and_told(pool: Pool, canned: Any) -> None:
    assert pool.chat("Hello", seed=0).seed == canned.requests[0].seed == 0


def test_without_a_seed_one_is_drawn_sent_and_told(pool: Pool, canned: Any) -> None:
    answer = pool.chat("Hello")
    assert answer.seed is not None
    assert answer.seed == canned.requests[0].seed


def test_two_drawn_seeds_differ(pool: Pool) -> None:
    assert pool.chat("Hello").seed != pool.chat("Hello").seed


@pytest.mark.parametrize("name", ["n", "logprobs", "echo"])
def test_a_field_that_an_answer_cannot_show_is_refused(pool: Pool, canned: Any, name: str) -> None:
    with pytest.raises(UnsupportedParameter, match="openai"):
        pool.chat("Hello", **{name: 2})
    assert canned.requests == []


def test_an_unknown_model_is_the_servers_error(pool: Pool) -> None:
    with pytest.raises(RequestFailed) as raised:
        pool.chat("Hello", model="missing")
    facts = (raised.value.http_status, raised.value.error_code, raised.value.param)
    assert facts == (404, "model_not_found", "model")


def test_a_prompt_is_completed_without_a_chat(pool: Pool, canned: Any) -> None:
    assert pool.complete("MLX").text == "MLX is an array framework."
    assert canned.requests[0].prompt == "MLX"


def test_models_are_listed(pool: Pool) -> None:
    assert [model.id for model in pool.models()] == ["demo/chat"]


def test_health_names_the_instance(pool: Pool) -> None:
    assert pool.health().instance_id == "canned"


def test_the_repr_of_a_pool_does_not_show_the_key(pool: Pool, canned: Any) -> None:
    assert canned.key not in repr(pool)


def test_the_openai_client_talks_to_the_pool(pool: Pool) -> None:
    with pool.openai() as client:
        assert client.models.list().data[0].id == "demo/chat"


def test_the_openai_client_streams(pool: Pool) -> None:
    messages: Any = [{"role": "user", "content": "What is MLX?"}]
    with pool.openai() as client:
        stream = client.chat.completions.create(model="demo/chat", messages=messages, stream=True)
        pieces = [chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices]
    assert "".join(pieces) == "MLX is an array framework."


async def test_the_asynchronous_openai_client_talks_to_the_pool(pool: Pool) -> None:
    async with pool.async_openai() as client:
        assert (await client.models.list()).data[0].id == "demo/chat"


def test_without_the_openai_package_the_error_says_how_to_get_it(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(ImportError, match="pip install openai"):
        pool.openai()


def picture(color: str = "red") -> Image.Image:
    return Image.new("RGB", (4, 3), color)


def parts(canned: Any, at: int = -1) -> list[Any]:
    return list(canned.requests[-1].messages[at].content)


def test_what_is_seen_is_sent_before_the_question(pool: Pool, canned: Any) -> None:
    answer = pool.see(picture(), "What color is it?")
    image, text = parts(canned)
    assert image.image_url.url.startswith("data:image/png;base64,")
    assert (text.type, text.text) == ("text", "What color is it?")
    assert answer.text == "MLX is an array framework."


def test_the_model_that_sees_is_left_to_the_server(pool: Pool, canned: Any) -> None:
    pool.see(picture())
    assert canned.requests[-1].model is None


@pytest.mark.parametrize(
    ("count", "question"), [(1, "What is in this image?"), (2, "What is in these images?")]
)
def test_without_a_question_it_is_asked_what_is_there(
    pool: Pool, canned: Any, count: int, question: str
) -> None:
    pool.see([picture()] * count)
    assert len(parts(canned)) == count + 1
    assert parts(canned)[-1].text == question


def test_seeing_takes_the_options_of_a_chat(pool: Pool, canned: Any) -> None:
    pool.see(picture(), model="demo/vision", system="Be concise.", temperature=0, max_tokens=5)
    sent = canned.requests[-1]
    assert (sent.model, sent.temperature, sent.max_tokens) == ("demo/vision", 0, 5)
    assert sent.messages[0].content == "Be concise."


def test_seeing_streams(pool: Pool) -> None:
    stream = pool.see(picture(), stream=True)
    assert list(stream) == ["MLX ", "is an array framework."]


def test_an_answer_keeps_a_small_picture_only(pool: Pool) -> None:
    (kept,) = pool.see(Image.effect_noise((600, 400), 90)).images
    assert type(kept) is Preview
    assert (kept.label, kept.width, kept.height) == ("image", 600, 400)
    with Image.open(BytesIO(kept.thumbnail or b"")) as small:
        assert small.size == (128, 85)


@pytest.mark.parametrize("value", [[], 5, "nowhere.png"])
def test_what_is_no_picture_is_refused_before_anything_is_sent(
    pool: Pool, canned: Any, value: object
) -> None:
    with pytest.raises(InvalidRequest):
        pool.see(value)
    assert canned.requests == []


def test_the_pictures_of_a_chat_go_into_the_last_message_of_the_user(
    pool: Pool, canned: Any
) -> None:
    messages = [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": "c"},
    ]
    pool.chat(messages, images=picture())
    assert canned.requests[-1].messages[0].content == "a"
    assert [part.type for part in parts(canned)] == ["image_url", "text"]
    assert messages[2]["content"] == "c"


@pytest.mark.parametrize("images", [None, []])
def test_a_chat_without_pictures_stays_text(pool: Pool, canned: Any, images: Any) -> None:
    assert pool.chat("Hello", images=images).images == []
    assert canned.requests[-1].messages[0].content == "Hello"
