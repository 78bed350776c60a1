"""`response_format` through the real openai client."""

from __future__ import annotations

import enum
import json
from typing import Annotated, Any

import httpx
import openai
import pytest
from pydantic import BaseModel, Field

QUESTION: list[Any] = [{"role": "user", "content": "Give me a person as JSON."}]
MODEL = "demo/chat"
WHERE = "response_format.json_schema"


class Mood(enum.Enum):
    GOOD = "good"
    BAD = "bad"


class Pet(BaseModel):
    kind: Annotated[str, Field(max_length=8)]
    legs: Annotated[int, Field(ge=0, le=8)]


class Person(BaseModel):
    name: Annotated[str, Field(max_length=12)]
    age: Annotated[int, Field(ge=18, le=99)]
    mood: Mood
    pets: Annotated[list[Pet], Field(max_length=2)]
    nickname: Annotated[str, Field(max_length=5)] | None


def described(schema: object, **more: Any) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "it", "schema": schema, **more}}


def test_parse_gives_an_object_of_the_class(client: openai.OpenAI) -> None:
    made = client.chat.completions.parse(
        model=MODEL, messages=QUESTION, response_format=Person, temperature=0
    )
    person = made.choices[0].message.parsed
    assert isinstance(person, Person)
    assert 18 <= person.age <= 99


def test_parse_says_when_the_answer_was_cut(client: openai.OpenAI) -> None:
    with pytest.raises(openai.LengthFinishReasonError):
        client.chat.completions.parse(
            model=MODEL, messages=QUESTION, response_format=Person, max_tokens=3
        )


def test_a_stream_is_held_to_the_schema_too(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(
        model=MODEL, messages=QUESTION, response_format=Person, temperature=0, seed=1
    ) as stream:
        pieces = [event.delta for event in stream if event.type == "content.delta"]
        final = stream.get_final_completion().choices[0].message
    assert len(pieces) > 3
    assert final.content == "".join(pieces)
    assert isinstance(final.parsed, Person)


def test_the_same_seed_gives_the_same_object(client: openai.OpenAI) -> None:
    def ask(seed: int) -> str | None:
        made = client.chat.completions.parse(
            model="qwen3",
            messages=QUESTION,
            response_format=Person,
            seed=seed,
            temperature=1.5,
            extra_body={"enable_thinking": False},
        )
        return made.choices[0].message.content

    assert ask(11) == ask(11)
    assert ask(11) != ask(12)


def test_a_plain_schema_and_any_object(client: openai.OpenAI) -> None:
    numbers = {"type": "array", "items": {"enum": [1, 2, 3]}, "minItems": 2, "maxItems": 4}
    made = client.chat.completions.create(
        model=MODEL, messages=QUESTION, response_format=described(numbers, strict=True)
    )
    assert set(json.loads(made.choices[0].message.content or "")) <= {1, 2, 3}
    made = client.chat.completions.create(
        model=MODEL, messages=QUESTION, response_format={"type": "json_object"}, max_tokens=5
    )
    assert (made.choices[0].message.content or "").startswith("{")


BAD: list[tuple[Any, str]] = [
    ("json", "response_format"),
    ({}, "response_format.type"),
    ({"type": "yaml"}, "response_format.type"),
    ({"type": "json_object", "schema": {}}, "response_format.schema"),
    ({"type": "json_schema"}, WHERE),
    ({"type": "json_schema", "json_schema": {"schema": {}}}, f"{WHERE}.name"),
    ({"type": "json_schema", "json_schema": {"name": "it"}}, f"{WHERE}.schema"),
    (described([1]), f"{WHERE}.schema"),
    (described(True), f"{WHERE}.schema"),
    (described({}, strict="yes"), f"{WHERE}.strict"),
    (described({"type": "nonsense"}), f"{WHERE}.schema"),
    (described({"const": "x" * 300_000}), f"{WHERE}.schema"),
    (described({"type": "integer", "minimum": 10**30}), f"{WHERE}.schema"),
    (described({"type": "integer", "multipleOf": 716539}), f"{WHERE}.schema"),
    (described({"uniqueItems": True, "type": "array"}, strict=True), f"{WHERE}.schema"),
]


@pytest.mark.parametrize(("wanted", "param"), BAD, ids=[str(wanted)[:60] for wanted, _ in BAD])
def test_a_format_that_cannot_be_is_a_400_that_names_the_field(
    client: openai.OpenAI, wanted: Any, param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model=MODEL, messages=QUESTION, response_format=wanted)
    assert refused.value.param == param
    assert "\n" not in refused.value.body["message"]  # type: ignore[index]


def test_a_schema_nested_without_end_is_refused(client: openai.OpenAI) -> None:
    deep: object = {}
    for _ in range(300):
        deep = {"items": deep}
    with pytest.raises(openai.BadRequestError, match="recursion limit") as refused:
        client.chat.completions.create(
            model=MODEL, messages=QUESTION, response_format=described(deep)
        )
    assert refused.value.param == f"{WHERE}.schema"


def test_a_schema_that_would_end_the_worker_ends_nothing(
    client: openai.OpenAI, http: httpx.Client
) -> None:
    def answering() -> Any:
        client.chat.completions.create(model=MODEL, messages=QUESTION, max_tokens=2)
        workers = http.get("/health").json()["workers"]
        return [worker["pid"] for worker in workers if worker["model"] == MODEL]

    before = answering()
    parts: dict[str, Any] = {
        f"d{at}": {"properties": {"a": {"$ref": f"#/$defs/d{at + 1}"}}} for at in range(2000)
    }
    deep = {"$defs": parts | {"d2000": {}}, "$ref": "#/$defs/d0"}
    with pytest.raises(openai.BadRequestError, match="too deeply"):
        client.chat.completions.create(
            model=MODEL, messages=QUESTION, response_format=described(deep)
        )
    assert answering() == before
