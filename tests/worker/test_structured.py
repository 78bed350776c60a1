"""Answers that are held to a schema, from real workers with real tiny checkpoints."""

from __future__ import annotations

import asyncio
import datetime
import enum
import json
import math
import random
import shutil
import sys
import uuid
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.messages import Sampling, Schema
from mlx_jupyter.pool.worker_link import WorkerLink
from tests.worker.asking import Whole, ask
from tests.worker.conftest import Worker, start

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOT = {"temperature": 1.3, "top_p": 0.95}
NOT_THINKING: dict[str, object] = {"enable_thinking": False}
OBJECT = Schema('{"type": "object"}')


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Person(Closed):
    name: Annotated[str, Field(max_length=8)]
    age: Annotated[int, Field(ge=0, le=150)]
    colour: Colour
    friends: Annotated[list[Annotated[int, Field(ge=1, le=9)]], Field(max_length=3)]
    nickname: Literal["Bo", "日本 😀"] | None


def schema(shape: Any, *, lenient: bool = False) -> Schema:
    made = TypeAdapter(shape).json_schema() if not isinstance(shape, dict) else shape
    return Schema(json.dumps(made), lenient)


async def held(link: WorkerLink, wanted: Schema, question: str = "Who?", **fields: Any) -> Whole:
    fields = {"max_tokens": 300, "template_options": NOT_THINKING, **fields}
    return await ask(link, question, schema=wanted, **fields)


def hot(seed: int) -> Sampling:
    return Sampling(seed=seed, **HOT)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["llama", "qwen3", "mistral", "gemma2"])
async def test_whatever_a_model_knows_its_answer_fits(worker: Worker, name: str) -> None:
    link = await worker(name)
    options = [Sampling(seed=0, temperature=0.0), *map(hot, range(3))]
    answers = await asyncio.gather(*(held(link, schema(Person), sampling=one) for one in options))
    for answer in answers:
        assert answer.finish == "stop"
        TypeAdapter(Person).validate_json(answer.text)


SHAPES: list[Any] = [
    Annotated[int, Field(ge=-5, le=1234)],
    bool,
    Annotated[str, Field(max_length=6)],
    Annotated[str, Field(pattern=r"^[A-Z]{2}-\d{3}$")],
    Literal["a", 'b"', "ü"],
    Colour,
    datetime.date,
    uuid.UUID,
    Annotated[int, Field(ge=3)] | Annotated[str, Field(max_length=3)],
    Person | None,
    Annotated[list[bool], Field(min_length=1, max_length=4)],
    Annotated[list[Person], Field(max_length=2)],
    tuple[bool, Colour],
]


@pytest.mark.parametrize("seed", range(12))
async def test_answers_fit_classes_drawn_at_random(worker: Worker, seed: int) -> None:
    draw = random.Random(seed)
    shapes = draw.sample(SHAPES, 3)
    optional = draw.choice(SHAPES) | None
    fields: dict[str, Any] = {f"f{place}": (shape, ...) for place, shape in enumerate(shapes)}
    drawn = create_model("Drawn", __base__=Closed, **fields, last=(optional, None))
    link = await worker("qwen3")
    answer = await held(link, schema(drawn), sampling=hot(seed), max_tokens=900)
    assert answer.finish == "stop"
    # RFC 3339 has a year 0, which Python has not.
    drawn.model_validate_json(answer.text.replace('"0000-', '"0001-'))


async def test_any_json_object(worker: Worker) -> None:
    """A penalty, for a model that knows nothing ends no text by itself."""
    sampling = Sampling(seed=3, temperature=1.5, frequency_penalty=1.0)
    answer = await held(await worker("llama"), OBJECT, sampling=sampling, max_tokens=900)
    assert answer.finish == "stop"
    assert isinstance(json.loads(answer.text), dict)


async def test_the_root_need_not_be_an_object(worker: Worker) -> None:
    rows = Annotated[list[Annotated[int, Field(ge=0, le=99)]], Field(min_length=2, max_length=5)]
    answer = await held(await worker("llama"), schema(rows))
    TypeAdapter(rows).validate_json(answer.text)


async def test_no_blanks_but_those_after_commas_and_colons(worker: Worker) -> None:
    answer = await held(await worker("llama"), schema(Person))
    assert answer.text == json.dumps(json.loads(answer.text), ensure_ascii=False)


async def test_neighbours_in_a_batch_do_not_touch_each_other(worker: Worker) -> None:
    link = await worker("llama")
    free = ["Hello", "1 2 3", "What is a token?"]
    alone = [(await ask(link, question, max_tokens=40)).text for question in free]
    seeds = range(4)
    fits = [(await held(link, schema(Person), sampling=hot(seed))).text for seed in seeds]
    *batch, last = await asyncio.gather(
        *(ask(link, question, max_tokens=40) for question in free),
        *(held(link, schema(Person), sampling=hot(seed)) for seed in seeds),
        held(link, schema(bool)),
    )
    assert [answer.text for answer in batch] == alone + fits
    assert last.text in ("true", "false")


async def test_every_choice_fits_and_has_a_seed_of_its_own(worker: Worker) -> None:
    answer = await held(await worker("llama"), schema(Person), sampling=hot(5), n=4)
    texts = [choice.text for choice in answer.choices.values()]
    assert len(set(texts)) == 4
    for text in texts:
        TypeAdapter(Person).validate_json(text)


async def test_what_is_cut_says_so(worker: Worker) -> None:
    answer = await held(await worker("llama"), schema(Person), max_tokens=4)
    assert (answer.finish, answer.choices[0].tokens) == ("length", 4)


async def test_a_stop_text_stops(worker: Worker) -> None:
    answer = await held(await worker("llama"), schema(Person), stop=('"age"',))
    assert answer.finish == "stop"
    assert answer.text.endswith(", ")


async def test_neither_bias_nor_penalties_let_in_what_does_not_fit(worker: Worker) -> None:
    sampling = Sampling(
        seed=1,
        temperature=1.0,
        logit_bias={65: 100.0, 66: 100.0},
        presence_penalty=2.0,
        frequency_penalty=-2.0,
        repetition_penalty=1.3,
    )
    answer = await held(await worker("llama"), schema(Person), sampling=sampling)
    TypeAdapter(Person).validate_json(answer.text)


async def test_logprobs_are_numbers_that_json_has(worker: Worker) -> None:
    answer = await held(await worker("llama"), schema(bool), top_logprobs=5)
    (choice,) = answer.choices.values()
    assert "".join(one.text for one in choice.logprobs) == answer.text
    for one in choice.logprobs:
        assert len(one.top) == 5
        assert all(math.isfinite(value) for _, value in [("", one.logprob), *one.top])
        assert one.logprob == one.top[0][1]


BAD: list[tuple[dict[str, Any], str]] = [
    ({"type": "nonsense"}, "Invalid type: nonsense"),
    ({"type": "integer", "minimum": 5, "maximum": 3}, "minimum"),
    ({"type": "string", "pattern": "("}, "regex parse error"),
    ({"type": "array", "uniqueItems": True}, "uniqueItems"),
    ({"$ref": "http://localhost/x"}, "http://localhost/x"),
    ({"$ref": "#"}, "no text fits"),
]


@pytest.mark.parametrize(("bad", "words"), BAD, ids=[words for _, words in BAD])
async def test_a_schema_that_cannot_be_compiled_is_refused_in_a_line(
    worker: Worker, bad: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidRequest, match=words) as refused:
        await held(await worker("llama"), schema(bad))
    assert refused.value.param == "response_format.json_schema.schema"
    assert "\n" not in str(refused.value)


async def test_a_lenient_schema_passes_over_what_cannot_be_enforced(worker: Worker) -> None:
    shape = {"type": "array", "items": {"type": "boolean"}, "maxItems": 2, "uniqueItems": True}
    answer = await held(await worker("llama"), schema(shape, lenient=True))
    assert isinstance(json.loads(answer.text), list)


async def test_a_schema_that_leads_to_nowhere_fails_its_own_request_only(worker: Worker) -> None:
    """Two references that mean each other: found out only when the answer comes there."""
    nowhere = {
        "type": "object",
        "properties": {"x": {"type": "boolean"}, "a": {"$ref": "#/$defs/A"}},
        "required": ["x", "a"],
        "additionalProperties": False,
        "$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}},
    }
    link = await worker("llama")
    alone = await ask(link, "Hello", max_tokens=40)
    failed, beside = await asyncio.gather(
        held(link, schema(nowhere)), ask(link, "Hello", max_tokens=40), return_exceptions=True
    )
    assert isinstance(failed, InvalidRequest)
    assert "leads to a place where no text fits" in failed.message
    assert isinstance(beside, Whole)
    assert beside.text == alone.text


async def test_a_tokenizer_that_llguidance_does_not_know_is_said_and_the_model_lives(
    checkpoints: Path, tmp_path: Path
) -> None:
    shutil.copytree(checkpoints / "llama", tmp_path / "odd")
    file = tmp_path / "odd" / "tokenizer.json"
    odd = {"type": "WordPiece", "prefix": "##", "cleanup": False}
    file.write_text(json.dumps({**json.loads(file.read_text()), "decoder": odd}))
    link = await start(tmp_path / "odd")
    try:
        with pytest.raises(InvalidRequest, match="does not know its tokenizer") as refused:
            await held(link, schema(bool))
        assert refused.value.param == "response_format"
        assert (await ask(link, "Hello", max_tokens=2)).finish == "length"
    finally:
        await link.stop()


def mapped(link: WorkerLink) -> str:
    """The files that are mapped into the worker's process."""
    return Path(f"/proc/{link.pid}/maps").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_llguidance_is_loaded_with_the_first_schema(checkpoints: Path) -> None:
    link = await start(checkpoints / "llama")
    try:
        await ask(link, "Hello", max_tokens=2)
        assert "llguidance" not in mapped(link)
        await held(link, schema(bool))
        assert "llguidance" in mapped(link)
    finally:
        await link.stop()
