"""The notebooks about data and about other code, executed: what the reader will see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.kernel_start import execute

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"


class Page:
    """An executed notebook; a cell is found by a piece of its source."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self.code = [cell for cell in document.cells if cell.cell_type == "code"]

    def said(self, source: str) -> str:
        """The outputs of the last such cell, as plain text."""
        cell = [cell for cell in self.code if source in cell.source][-1]
        shown = [
            out.get("data", {}).get("text/plain") or out.get("text", "") for out in cell.outputs
        ]
        return "".join(shown)


def executed(name: str, server: Any, folder: Path) -> Page:
    document = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLX_JUPYTER_URL", server.url)
        patch.setenv("MLX_JUPYTER_API_KEY", server.key)
        for variable in ("JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MLX_JUPYTER_CACHE"):
            patch.setenv(variable, str(folder / variable.lower()))
        execute(document, timeout=60)
    return Page(document)


@pytest.fixture(scope="module")
def extract(server: Any, tmp_path_factory: pytest.TempPathFactory) -> Page:
    return executed("05-extract", server, tmp_path_factory.mktemp("extract"))


@pytest.fixture(scope="module")
def other_code(server: Any, tmp_path_factory: pytest.TempPathFactory) -> Page:
    return executed("06-from-other-code", server, tmp_path_factory.mktemp("other"))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("_.value + 1", "8"),
        ("sum(numbers)", "55"),
        ("person.age + 1", "37"),
        ("right.mean()", "'100% of 121'"),
        ("_.values, _.failed", "([City(city='Paris', country='France'), City("),
    ],
)
def test_an_answer_is_a_value(extract: Page, source: str, said: str) -> None:
    assert extract.said(source).startswith(said)


def test_a_label_is_one_of_its_texts(extract: Page) -> None:
    assert extract.said('Literal["Heads", "Tails"]').split("\n")[0] in ('"Heads"', '"Tails"')


def test_what_was_answered_before_is_not_asked_again(extract: Page) -> None:
    assert "121 answers" in (said := extract.said("--each sums"))
    assert "4 from before" in said


def test_pictures_in_a_table_are_seen(extract: Page) -> None:
    rows = extract.said('files[["file", "color"]]').splitlines()[1:]
    assert [row.split()[-1] for row in rows] == ["Red", "Blue", "Green"]


def test_a_mistake_is_one_line(extract: Page) -> None:
    assert extract.said("Persn").strip().count("\n") == 0
    assert "Did you mean Person?" in extract.said("Persn")


def test_an_answer_in_a_tutorial_about_data_is_one_output(extract: Page) -> None:
    asked = [cell for cell in extract.code if cell.source.startswith("%%chat")]
    assert len(asked) >= 7
    assert all(len(cell.outputs) == 1 for cell in asked)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("client = pool.openai()", "'MLX is an array framework"),
        ("chunk.choices[0]", "A lease is one use of a model in flight."),
        ("completions.parse(", "Person(name='Ada', age=36)"),
        ("asyncio.gather", "['0', '2', '4', '6', '8']"),
        ("chat.invoke(", "'A token is a small piece of text"),
        ("chat.stream(", "On Apple silicon"),
        ("chat.batch(", "['3', '7']"),
        ("with_structured_output(", "Person(name='Ada', age=36)"),
        ("similarity_search(", "['The kitten licks its paw.']"),
        ("litellm.completion(", "'A pinned model is never evicted"),
        ("%mlx env", "export OPENAI_BASE_URL=http://127.0.0.1:"),
    ],
)
def test_other_code_is_answered(other_code: Page, source: str, said: str) -> None:
    assert other_code.said(source).startswith(said)


def test_no_key_stands_in_the_outputs(other_code: Page, server: Any) -> None:
    assert server.key not in nbformat.writes(other_code.document)
    assert server.token not in nbformat.writes(other_code.document)
