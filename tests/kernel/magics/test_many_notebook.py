"""`--schema`, `--each` and `-m a,b` as they are written, in real kernels of a real server."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kernel.magics.conftest import Notebook

PREPARED = """
import pandas as pd
from dataclasses import dataclass
from typing import Literal
@dataclass
class Animal:
    kind: Literal["dog", "cat"]
    wild: bool
PAIR = {"type": "array", "items": {"$ref": "#/$defs/A"}, "minItems": 2, "maxItems": 2, "$defs": {
    "A": {"type": "object", "properties": {"kind": {"enum": ["dog", "cat"]}},
          "required": ["kind"], "additionalProperties": False}}}
df = pd.DataFrame({"text": ["a dog", "a cat", "the moon"]}, index=[5, 6, 7])
"""


@pytest.fixture
def many(own_kernel: Any) -> Notebook:
    made = Notebook(own_kernel, own_kernel.interrupt)
    assert made.run(PREPARED).status == "ok"
    return made


def plain(notebook: Notebook, code: str) -> str:
    (output,) = notebook.run(code).outputs
    return str(output["text/plain"])


def test_an_answer_is_an_object_and_stays_an_answer(many: Notebook) -> None:
    cell = many.run("%%chat --schema Animal -o pet -t 0\nWhat is {{df.text[5]}}?")
    assert (cell.status, len(cell.outputs)) == ("ok", 1)
    checks = "type(pet).__name__, pet.kind in ('dog', 'cat'), _.value is pet, type(_).__name__"
    assert plain(many, checks) == "('Animal', True, True, 'Answer')"


def test_a_list_of_records_is_a_table_in_the_same_output(many: Notebook) -> None:
    cell = many.run("%%chat --schema PAIR -o pets -t 0\nTwo animals")
    (output,) = cell.outputs
    assert "<table" in output["text/html"]
    assert plain(many, "type(pets).__name__, pets.shape") == "('DataFrame', (2, 1))"


def test_what_is_cut_off_is_told_and_kept(many: Notebook) -> None:
    cell = many.run("%%chat --schema Animal --max-tokens 2\nWhat is a dog?")
    assert "raise --max-tokens" in cell.stderr
    assert plain(many, "type(_).__name__, _.value") == "('Answer', None)"


def test_each_row_has_its_value(many: Notebook) -> None:
    cell = many.run("%%chat --each df --schema Animal -o pets -t 0\nWhat is {{text}}?")
    (output,) = cell.outputs
    assert output["text/plain"].startswith("3 answers · demo/chat")
    many.run("df = df.join(pets)")
    assert plain(many, "list(df.columns)") == "['text', 'kind', 'wild']"
    again = plain(many, "%%chat --each df[['text']] --schema Animal -t 0\nWhat is {{text}}?")
    assert "all from before" in again


def test_two_models_answer_beside_each_other(many: Notebook) -> None:
    cell = many.run("%%chat -m demo/chat,llama --max-tokens 8\nWhat is {{df.text[5]}}?")
    (output,) = cell.outputs
    assert output["text/markdown"].count("<td") == 2
    assert "What is a dog?" not in str(many.run("%chat history").outputs)


def test_what_a_question_would_cost_goes_into_the_variable(many: Notebook) -> None:
    cell = many.run("%%chat --dry-run -o cost --schema int\nWhat is {{df.text[5]}}?")
    assert len(cell.outputs) == 1
    assert "demo/chat" in plain(many, "cost")


def test_a_mistake_is_one_line(many: Notebook) -> None:
    for code, words in (
        ("%chat --schema Anmial What?", "There is no variable 'Anmial'. Did you mean Animal?"),
        ("%chat --each dff What?", "There is no variable 'dff'"),
        ("%chat --each df {{txet}}", "There is no variable 'txet'"),
    ):
        cell = many.run(code)
        assert (cell.outputs, cell.traceback) == ([], [])
        assert cell.stderr.startswith(f"UsageError: {words}"), cell.stderr
        assert cell.stderr.count("\n") == 1
