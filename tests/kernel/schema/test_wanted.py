"""What `--schema` may be, what is sent for it, and what comes back."""

from __future__ import annotations

import enum
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, TypedDict

import msgspec
import pandas as pd
import pydantic
import pytest

from mlx_jupyter.errors import InvalidRequest, MLXJupyterError
from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.magics.schema import wanted
from mlx_jupyter.kernel.schema.shown import is_table, table_bundle
from mlx_jupyter.kernel.schema.wanted import Wanted, wanted_as


class Model(pydantic.BaseModel):
    name: str
    age: int = pydantic.Field(default=0, ge=0, le=150)
    tags: list[str] = []


@dataclass
class Plain:
    name: str
    age: int | None = None
    tags: list[str] = field(default_factory=list)


class Typed(TypedDict):
    name: str
    age: int


class Record(msgspec.Struct):
    name: str
    age: int = 0


class Pair(NamedTuple):
    left: int
    right: int


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Holder:
    model: Model


ANNA = '{"name": "Anna", "age": 3, "tags": []}'
SHORT = '{"name": "Anna", "age": 3}'
SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Model, ANNA, Model(name="Anna", age=3)),
        (Plain, ANNA, Plain("Anna", 3)),
        (Typed, SHORT, {"name": "Anna", "age": 3}),
        (Record, SHORT, Record("Anna", 3)),
        (Pair, "[1, 2]", Pair(1, 2)),
        (Colour, '"red"', Colour.RED),
        (Holder, f'{{"model": {ANNA}}}', Holder(Model(name="Anna", age=3))),
        (list[int], "[1, 2]", [1, 2]),
        (dict[str, float], '{"a": 1.5}', {"a": 1.5}),
        (dict[str, Model], f'{{"a": {ANNA}}}', {"a": Model(name="Anna", age=3)}),
        (Literal["a", "b"], '"a"', "a"),
        (int | None, "null", None),
        (Annotated[int, pydantic.Field(ge=1)], "1", 1),
        (bool, "true", True),
        (SCHEMA, '{"name": "Anna"}', {"name": "Anna"}),
        (json.dumps(SCHEMA), '{"name": "Anna"}', {"name": "Anna"}),
    ],
    ids=str,
)
def test_an_answer_becomes_a_value_of_the_type(kind: Any, text: str, value: Any) -> None:
    assert wanted_as(kind, "it").value(text) == value


@pytest.mark.parametrize("kind", [Model, Plain, Typed, Record])
def test_an_object_has_all_its_properties_and_no_others(kind: Any) -> None:
    schema = wanted_as(kind, "Kind").schema
    assert schema["type"] == "object"
    assert schema["required"] == list(schema["properties"])
    assert schema["additionalProperties"] is False


def test_so_have_those_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = wanted_as(list[Holder], "list[Holder]").schema
    assert all(inner["additionalProperties"] is False for inner in schema["$defs"].values())


def test_a_schema_of_the_users_is_sent_as_it_is() -> None:
    sent = wanted_as(SCHEMA, "s").response_format
    assert sent["json_schema"]["schema"] == SCHEMA


def test_the_request_is_openais() -> None:
    assert wanted_as(list[int], "list[int]").response_format == {
        "type": "json_schema",
        "json_schema": {
            "name": "list_int",
            "schema": {"type": "array", "items": {"type": "integer"}},
            "strict": True,
        },
    }


def test_what_openai_calls_a_response_format_is_a_schema_too() -> None:
    given = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}
    assert wanted_as(given, "s").schema == SCHEMA


PEOPLE = '[{"name": "Anna", "age": 3}, {"name": "Ben", "age": 4}]'
LIST_OF_DICTS = {
    "type": "array",
    "items": {"type": "object", "properties": {"name": {"type": "string"}}},
}


@pytest.mark.parametrize("kind", [list[Record], list[Typed], LIST_OF_DICTS, list[dict[str, Any]]])
def test_a_list_of_records_is_a_table(kind: Any) -> None:
    frame = wanted_as(kind, "it").value(PEOPLE)
    assert isinstance(frame, pd.DataFrame)
    assert frame.to_dict("records") == json.loads(PEOPLE)


def test_records_of_pydantic_and_dataclasses_are_a_table_with_all_their_fields() -> None:
    for kind in (list[Model], list[Plain]):
        frame = wanted_as(kind, "it").value(f"[{ANNA}]")
        assert list(frame.columns) == ["name", "age", "tags"]
        assert frame.loc[0, "tags"] == []


def test_an_empty_table_has_its_columns() -> None:
    assert list(wanted_as(list[Record], "it").value("[]").columns) == ["name", "age"]


@pytest.mark.parametrize("kind", [Model, list[Record], SCHEMA])
@pytest.mark.parametrize("text", ['{"name": "An', "[", ""])
def test_what_is_cut_off_says_what_to_raise(kind: Any, text: str) -> None:
    with pytest.raises(MLXJupyterError, match="raise --max-tokens"):
        wanted_as(kind, "it").value(text)


def test_a_number_that_was_cut_off_is_none() -> None:
    cut = Answer("12", finish_reason="length", partial=False)
    whole = Answer("12", finish_reason="stop", partial=False)
    schema = wanted_as(int, "int")
    with pytest.raises(MLXJupyterError, match="raise --max-tokens"):
        schema.read(cut)
    assert (schema.read(whole), whole.value) == (12, 12)


@pytest.mark.parametrize("kind", [Model, Record, list[int]])
def test_what_is_no_such_value_is_told_in_a_line(kind: Any) -> None:
    with pytest.raises(MLXJupyterError) as raised:
        wanted_as(kind, "Kind").value('{"name": 5}')
    assert raised.value.message.startswith("The answer is no Kind: ")
    assert "\n" not in raised.value.message


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (5, "s is no schema: its type is int"),
        (Plain("Anna"), "its type is Plain"),
        ({"name": "string"}, "s is no JSON schema"),
        ('{"type": ', "s is no JSON schema"),
        ("missing.json", "missing.json cannot be read: No such file"),
        (list[pytest.MonkeyPatch], "s cannot be a schema"),
    ],
)
def test_what_is_no_schema_is_told(value: Any, words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        wanted_as(value, "s")


def test_a_class_that_json_cannot_hold_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "pydantic")
    with pytest.raises(InvalidRequest) as raised:
        wanted_as(pytest.MonkeyPatch, "Plain")
    assert raised.value.message == "Plain cannot be a schema: JSON has no such type."


def test_a_table_is_shown_as_one() -> None:
    frame = pd.DataFrame({"a": [1]})
    assert is_table(frame)
    assert not any(is_table(value) for value in (None, [1], Record("Anna"), {"columns": 1}))
    shown = table_bundle(frame, "demo/chat · <3 tokens")
    assert "<td>1</td>" in shown["text/html"]
    assert "&lt;3 tokens" in shown["text/html"]
    assert shown["text/plain"] == repr(frame)


@pytest.fixture
def schema_of(shell: Any) -> Any:
    shell.user_ns |= {"Record": Record, "book": {"title": "x"}, "SCHEMA": SCHEMA}
    return lambda text: wanted(shell, text)


@pytest.mark.parametrize(
    "text", ["Record", "list[Record]", "SCHEMA", "list[int] | None", "'list[int]'"]
)
def test_a_schema_is_an_expression(schema_of: Any, text: str) -> None:
    assert isinstance(schema_of(text), Wanted)


def test_a_schema_is_a_file(
    shell: Any, schema_of: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "person.json").write_text(json.dumps(SCHEMA))
    for text in ("person.json", "'person.json'", str(tmp_path / "person.json")):
        assert schema_of(text).schema == SCHEMA
    shell.user_ns["person"] = 5
    assert schema_of("'person.json'").schema == SCHEMA
    (tmp_path / "bad.json").write_text("[1]")
    with pytest.raises(InvalidRequest, match=r"bad\.json is no JSON schema"):
        schema_of("bad.json")


def test_a_mistake_in_the_expression_is_told(schema_of: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"no variable 'Recrod'\. Did you mean Record"):
        schema_of("list[Recrod]")
    with pytest.raises(InvalidRequest, match="no variable 'missing'"):
        schema_of("missing.json")
