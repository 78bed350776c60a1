"""The result object of `--each`."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.mapping.answers import Answers
from mlx_jupyter.kernel.mapping.items import items_of
from mlx_jupyter.wire.generation import Usage


def answer(text: str, value: Any = None) -> Answer:
    return Answer(text, "demo/chat", "stop", Usage(2, 3, 5), partial=False, value=value)


def answers(items: Any, *texts: str, values: tuple[Any, ...] = (), **more: Any) -> Answers:
    filled = [*values, *[None] * len(texts)]
    made = [answer(text, value) for text, value in zip(texts, filled, strict=False)]
    return Answers(made, items_of(items, "it"), has_values=bool(values), **more)


def test_it_is_a_sequence_of_answers() -> None:
    made = answers(["a", "b"], "A", "B")
    assert [each.text for each in made] == made.texts == ["A", "B"]
    assert (len(made), made[1].text, [each.text for each in made[:1]]) == (2, "B", ["A"])


def test_usage_counts_what_was_asked_once_only_once() -> None:
    made = answers(["a", "b"], "A", "B")
    assert made.usage == Usage(4, 6, 10)
    made.answers[1] = made.answers[0]
    assert made.usage == Usage(2, 3, 5)


def test_a_series_goes_where_its_items_came_from() -> None:
    frame = pd.DataFrame({"text": ["a", "b"]}, index=pd.Index([7, 9], name="id"))
    for items in (frame, frame.text):
        made = answers(items, "A", "B")
        frame["answer"] = made.series()
        assert frame["answer"].tolist() == ["A", "B"]
        assert made.series().index.equals(frame.index)
        assert made.frame().index.name == "id"


def test_what_is_shown_is_the_same_in_every_run() -> None:
    thing = object()
    assert " at 0x" not in repr(answers([thing], "A"))
    assert " at 0x" not in repr(answers(pd.DataFrame({"x": [thing]}), "A"))


def test_a_frame_has_the_items_and_the_texts() -> None:
    frame = answers({"x": "a", "y": "b"}, "A", "B").frame()
    assert frame.to_dict("index") == {
        "x": {"item": "a", "text": "A"},
        "y": {"item": "b", "text": "B"},
    }


def test_a_frame_of_rows_is_to_be_joined() -> None:
    source = pd.DataFrame({"title": ["a", "b"]})
    assert list(source.join(answers(source, "A", "B").frame()).columns) == ["title", "text"]


def test_records_are_columns() -> None:
    records = ({"name": "A", "age": 1}, {"name": "B", "age": 2})
    made = answers(["a", "b"], "A", "B", values=records)
    assert list(made.frame().columns) == ["item", "name", "age"]
    assert made.result().to_dict("records") == list(records)


def test_a_list_of_records_is_a_row_for_each() -> None:
    values = (pd.DataFrame([{"n": 1}, {"n": 2}]), pd.DataFrame([{"n": 3}]))
    made = answers({"x": "a", "y": "b"}, "A", "B", values=values).result()
    assert (list(made.index), made["n"].tolist()) == (["x", "x", "y"], [1, 2, 3])


def test_values_that_are_no_records_stay_a_list() -> None:
    made = answers(["a", "b"], "1", "2", values=(1, 2))
    assert made.result() == made.values == [1, 2]
    assert made.series().tolist() == [1, 2]
    assert made.frame()["value"].tolist() == [1, 2]


def test_without_a_schema_the_result_is_itself() -> None:
    made = answers(["a"], "A")
    assert made.result() is made


def test_failures_have_their_errors() -> None:
    made = answers(["a", "b"], "A", "half", failed={1: "It broke."})
    assert made.series().isna().tolist() == [False, True]
    frame = made.frame()
    assert frame["text"].isna().tolist() == [False, True]
    assert frame["error"].isna().tolist() == [True, False]
    assert frame["error"][1] == "It broke."


def test_a_failed_record_is_a_row_without_values() -> None:
    made = answers(["a", "b"], "{}", "{", values=({"n": 1},), failed={1: "Cut off."})
    frame = made.result()
    assert frame["n"].isna().tolist() == [False, True]
    assert frame["error"].isna().tolist() == [True, False]


def test_without_pandas_there_is_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    made = answers(["a"], "A", values=({"n": 1},))
    monkeypatch.setattr("mlx_jupyter.kernel.mapping.frame.pandas", lambda: None)
    assert made.result() == [{"n": 1}]
    assert "Answer" in repr(made)


def test_it_is_shown_as_a_line_and_a_bounded_table() -> None:
    made = answers([f"item {at}" for at in range(30)], *["text\n" * 99] * 30, failed={3: "Broke."})
    first, second, _, head, *rows = repr(made).splitlines()
    assert first == "29 of 30 answers · demo/chat · 90 tokens"
    assert second == "1 failed; item 3: Broke."
    assert head.split() == ["Item", "Answer"]
    assert len(rows) == 21
    assert rows[3].split(maxsplit=3) == ["3", "item", "3", "⚠ Broke."]
    assert "10 more" in rows[-1]
    assert all(len(row) < 130 for row in rows)
    assert made._repr_mimebundle_()["text/html"].count("<tr>") == 22


def test_rows_are_called_by_their_labels_and_shown_as_they_are_written() -> None:
    frame = pd.DataFrame({"title": ["Emma"], "year": [1815]}, index=["x"])
    assert repr(answers(frame, "A")).splitlines()[-1].split() == [
        *("x", "title:", "Emma", "year:", "1815"),
        "A",
    ]


def test_records_are_shown_as_their_table() -> None:
    made = answers(["a"], "A", values=({"name": "Anna"},), partial=True, resumed=1)
    assert made.bundle()["text/plain"].startswith(
        "1 answer · demo/chat · 3 tokens · all from befor"
    )
    assert "interrupted" in made.bundle()["text/plain"]
    assert "<td>Anna</td>" in made.bundle()["text/html"]
