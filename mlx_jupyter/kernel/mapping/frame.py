"""Answers as what pandas has for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.mapping.items import Items
from mlx_jupyter.kernel.mapping.row import Row
from mlx_jupyter.kernel.schema.frame import needed_pandas, pandas
from mlx_jupyter.kernel.schema.kind import as_record

__all__ = ["frame", "is_table", "series"]


class _Answers(Protocol):
    answers: list[Answer]
    items: Items
    failed: dict[int, str]
    has_values: bool


def is_table(answers: _Answers) -> bool:
    """Whether the values are records, and there is pandas to make a table of them."""
    values = [answer.value for answer in answers.answers if answer.value is not None]
    if not answers.has_values or not values or pandas() is None:
        return False
    return all(hasattr(value, "columns") or as_record(value) is not None for value in values)


def series(answers: _Answers) -> Any:
    return needed_pandas().Series(
        [_value(answers, at) for at in _all(answers)], index=_index(answers)
    )


def frame(answers: _Answers, *, with_items: bool) -> Any:
    module = needed_pandas()
    places: list[int] = []
    cells: list[dict[str, Any]] = []
    for at in _all(answers):
        for record in _records(answers, at):
            places.append(at)
            cells.append(record)
    index = _index(answers)
    if index is None:
        index = module.RangeIndex(len(answers.answers))
    made = module.DataFrame(cells, index=module.Index(index).take(places))
    if with_items and not isinstance(answers.items.values[0], Row) and "item" not in made:
        given = [answers.items.values[at] for at in places]
        made.insert(0, "item", module.Series(given, index=made.index, dtype=object))
    if answers.failed:
        errors = [answers.failed.get(at) for at in places]
        made["error" if "error" not in made else "error_"] = errors
    return made


def _records(answers: _Answers, at: int) -> Sequence[dict[str, Any]]:
    """The rows of one answer: one, or one for each record of a table; none for an empty table."""
    value = _value(answers, at)
    if not answers.has_values:
        return [{"text": value}]
    if hasattr(value, "to_dict") and hasattr(value, "columns"):
        return [dict(record) for record in value.to_dict("records")]
    if value is None:
        return [{}]
    return [as_record(value) or {"value": value}]


def _value(answers: _Answers, at: int) -> Any:
    if answers.has_values:
        return answers.answers[at].value
    missing = at in answers.failed or answers.answers[at].partial
    return None if missing else answers.answers[at].text


def _all(answers: _Answers) -> range:
    return range(len(answers.answers))


def _index(answers: _Answers) -> Any:
    items = answers.items
    return items.labels if items.index is None else items.index
