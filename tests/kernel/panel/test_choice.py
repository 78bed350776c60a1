from __future__ import annotations

import pytest

from mlx_jupyter.kernel.panel.choice import ModelField
from mlx_jupyter.kernel.panel.state import Choice

AWAY, THERE = Choice("a", "a (will be loaded)"), Choice("a", "a")


@pytest.fixture
def field() -> ModelField:
    made = ModelField("Ask:")
    made.suggest([AWAY, Choice("b", "b · text")])
    return made


def test_a_suggestion_stands_for_its_model(field: ModelField) -> None:
    field.put("b · text")
    assert field.model == "b"
    assert field.is_known


def test_an_id_may_be_typed(field: ModelField) -> None:
    field.put(" b ")
    assert (field.model, field.is_known) == ("b", True)
    field.put("org/other")
    assert (field.model, field.is_known) == ("org/other", False)


def test_what_stands_in_the_field_stays_true(field: ModelField) -> None:
    field.put(AWAY.label)
    field.suggest([THERE])
    assert field.box.value == "a"
    field.suggest([])
    assert field.model == "a"


def test_what_is_being_typed_is_left_alone(field: ModelField) -> None:
    field.put("b ·")
    field.suggest([THERE])
    assert field.box.value == "b ·"


def test_changes_and_enter_are_told() -> None:
    told: list[str] = []
    field = ModelField("Load:", lambda: told.append("changed"), lambda: told.append("entered"))
    field.put("a")
    field.box._handle_custom_msg({"event": "submit"}, [])
    assert told == ["changed", "entered"]
