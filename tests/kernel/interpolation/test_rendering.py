from __future__ import annotations

import ast
import sys
from collections import Counter, namedtuple
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pydantic
import pytest
from IPython.display import Markdown
from IPython.utils.text import SList

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.interpolation.bounds import MAX_CHARACTERS
from mlx_jupyter.kernel.reports.status import ModelsReport

Pair = namedtuple("Pair", "a b")


class Colour(Enum):
    RED = 1


@dataclass
class Point:
    x: int
    tags: list[str]
    secret: str = field(default="key", repr=False)


class Person(pydantic.BaseModel):
    name: str
    age: int


class Struct(msgspec.Struct):
    x: int


class Draws:
    def _repr_markdown_(self) -> str:
        return "**bold**"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a 'text'", "a 'text'"),
        (np.str_("text"), "text"),
        (1, "1"),
        (True, "True"),
        (None, "None"),
        (0.5, "0.5"),
        (np.float32(0.5), "0.5"),
        (np.array(3), "3"),
        (date(2026, 1, 2), "2026-01-02"),
        (Path("a/b.csv"), "a/b.csv"),
        (Colour.RED, "Colour.RED"),
        (Answer("The answer."), "The answer."),
        (ModelsReport([]), "There is no model on this machine."),
        (SList(["a.txt", "b.txt"]), "a.txt\nb.txt"),
        (Markdown("# Title"), "# Title"),
        (Draws(), "**bold**"),
        (object, "<class 'object'>\n\n" + ast.literal_eval(repr(object.__doc__)).strip()),
        ([], "[]"),
        ((1,), "(1,)"),
        (set(), "set()"),
        ({"a": [1, {"b": None}]}, "{'a': [1, {'b': None}]}"),
        (frozenset({1}), "frozenset([1])"),
        (Counter("aab"), "Counter({'a': 2, 'b': 1})"),
        ({"a": 1}.keys(), "dict_keys(['a'])"),
        (Pair(1, "x"), "Pair(a=1, b='x')"),
        (Point(1, ["a"]), "Point(x=1, tags=['a'])"),
        (Person(name="Ann", age=3), "Person(name='Ann', age=3)"),
        (Struct(1), "Struct(x=1)"),
        ([Answer("One."), np.int64(2)], "['One.', 2]"),
        (range(3), "range(0, 3)"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_is_written_by_its_type(written: Any, value: object, text: str) -> None:
    assert written(value) == text


def test_a_text_of_the_users_goes_whole(written: Any) -> None:
    assert len(written("x" * 3 * MAX_CHARACTERS)) == 3 * MAX_CHARACTERS


def test_a_long_list_says_how_much_is_left_out(written: Any) -> None:
    text = written(list(range(1_000)))
    assert text.startswith("[\n  0, 1, 2,")
    assert text.endswith("99, … 900 more\n]")


def test_records_stand_one_on_a_line(written: Any) -> None:
    rows = [{"name": f"a person called number {at}", "age": at} for at in range(3)]
    assert ast.literal_eval(written(rows)) == rows
    assert len(written(rows).splitlines()) == 5


def test_a_nest_ends_at_a_depth_and_at_a_count(written: Any) -> None:
    deep: list[Any] = []
    deep.append(deep)
    assert written(deep) == "[[[[[[[… 1 more]]]]]]]"
    wide = [[list(range(100))] * 100] * 100
    assert len(written(wide)) < MAX_CHARACTERS


def test_a_long_text_in_a_list_is_cut(written: Any) -> None:
    assert written(["x" * 5_000]).endswith("'… 4,000 more characters\n]")


def test_a_long_repr_is_cut(written: Any) -> None:
    class Long:
        def __repr__(self) -> str:
            return "x" * (MAX_CHARACTERS + 1_234)

    assert written(Long()).endswith("x… 1,234 more characters")


def test_a_generator_is_not_consumed(written: Any) -> None:
    numbers = (n for n in [1])
    assert "generator object" in written(numbers)
    assert list(numbers) == [1]


def test_an_array_has_its_shape_its_type_and_few_values_whole(written: Any) -> None:
    assert written(np.arange(6).reshape(2, 3)) == "ndarray, 2×3, int64\n[[0 1 2]\n [3 4 5]]"


def test_of_a_large_array_the_edges_are_written(written: Any) -> None:
    text = written(np.zeros((1_000, 1_000)))
    assert text.startswith("ndarray, 1000×1000, float64\n[[0. 0. 0. ... 0. 0. 0.]")
    assert len(text) < 300


def test_bytes_of_a_text_are_refused_with_what_to_do(filled: Any) -> None:
    with pytest.raises(Exception, match=r"data is no picture .*; if they are a text: {{data.dec"):
        filled("{{data}}", data=b"text")


def test_a_function_is_its_source(written: Any, run: Any, shell: Any) -> None:
    run("def double(x):\n    # twice\n    return 2 * x\n")
    assert written(shell.user_ns["double"]) == "def double(x):\n    # twice\n    return 2 * x"


def test_a_class_of_a_cell_is_its_source(written: Any, run: Any, shell: Any) -> None:
    source = "import dataclasses\n\n@dataclasses.dataclass\nclass Old:\n    x: int"
    run("class Old: pass")
    run(source + "\n\nOld(1)")
    shell.user_ns["Old"].__module__ = "__main__"
    assert written(shell.user_ns["Old"]) == "@dataclasses.dataclass\nclass Old:\n    x: int"


def test_a_module_is_its_source(written: Any) -> None:
    assert written(ast).startswith('"""')


def test_pandas_and_numpy_are_only_looked_for(written: Any, monkeypatch: Any) -> None:
    for name in ("pandas", "numpy", "polars", "pyarrow"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    assert written({"a": (1, "b")}) == "{'a': (1, 'b')}"
    assert "pandas" not in sys.modules
