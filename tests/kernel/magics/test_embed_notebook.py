"""What a notebook shows of `%embed`, with a real kernel of a real server."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from tests.kernel.magics.conftest import Notebook

MADE = "3 texts → float32 (3, 96)"
LONG = "texts = [f'the dog and the cat number {at} ' + 'and the moon ' * 9 for at in range(20_000)]"
NEVER_SHORT = "import mlx_jupyter.kernel.magics.embedding as e; e._SHORT_SECONDS = 0"


@pytest.fixture
def embed_notebook(own_kernel: Any) -> Notebook:
    made = Notebook(own_kernel, own_kernel.interrupt)
    made.run("texts = ['a dog', 'a cat', 'the bank']")
    return made


def test_a_result_is_one_line_and_the_array_is_in_out(embed_notebook: Notebook) -> None:
    cell = embed_notebook.run("%embed texts")
    (output,) = cell.outputs
    assert output["text/plain"].startswith(MADE)
    assert output["text/html"].startswith(f"<div><p>{MADE}")
    shown = embed_notebook.run("type(_).__name__, _.shape, _ is Out[3]").outputs
    assert shown[0]["text/plain"] == "('ndarray', (3, 96), True)"


def test_an_array_is_shown_where_the_user_asks_for_it(embed_notebook: Notebook) -> None:
    line, array = embed_notebook.run("v = %embed texts\nv").outputs
    assert line["text/plain"].startswith(MADE)
    assert array["text/plain"].startswith("array([[")
    embed_notebook.run("%embed texts -o v")
    (array,) = embed_notebook.run("v").outputs
    assert array["text/plain"].startswith("array([[")
    assert embed_notebook.run("%embed texts;").outputs[0]["text/plain"].startswith(MADE)


def test_a_cell_of_texts_is_one_output(embed_notebook: Notebook) -> None:
    (output,) = embed_notebook.run("%%embed -o lines\na dog\n\na cat").outputs
    assert output["text/plain"].startswith("2 texts → float32 (2, 96) in lines")


def test_what_takes_longer_shows_how_far_it_is_in_the_same_output(
    embed_notebook: Notebook,
) -> None:
    embed_notebook.run(f"{NEVER_SHORT}\n{LONG}")
    cell = embed_notebook.run("%embed texts[:200]")
    assert len(cell.outputs) == 1
    assert cell.updates >= 1
    assert cell.outputs[0]["text/plain"].startswith("200 texts → float32 (200, 96)")


def test_matches_are_a_table(embed_notebook: Notebook) -> None:
    embed_notebook.run("import mlx_jupyter; pool = mlx_jupyter.connect()")
    (output,) = embed_notebook.run("pool.similar('a puppy', texts, 2)").outputs
    assert output["text/plain"].splitlines()[0].split() == ["Row", "Score", "Text"]
    assert output["text/html"].startswith("<table>")


@pytest.fixture
def interrupted(embed_notebook: Notebook) -> Any:
    embed_notebook.run(f"{NEVER_SHORT}\n{LONG}")
    # Not at the first bar, which is empty: then there is something to keep.
    return embed_notebook.run("%embed texts -o v", interrupt_at="█")


def test_an_interrupt_is_one_line_that_tells_what_is_kept(interrupted: Any) -> None:
    assert interrupted.status == "error"
    (line,) = interrupted.traceback
    assert line.startswith("Interrupted: ")
    assert line.endswith(" of 20,000 texts are done and kept; run the cell again to go on")
    assert interrupted.outputs == [{"text/plain": ""}]


def test_after_an_interrupt_there_is_no_array(interrupted: Any, embed_notebook: Notebook) -> None:
    assert embed_notebook.run("assert 'v' not in globals()").status == "ok"


def test_an_interrupt_stops_the_server(interrupted: Any, server: Any) -> None:
    deadline = time.monotonic() + 20
    with server.http() as http:
        while requests(http):
            assert time.monotonic() < deadline


def requests(http: httpx.Client) -> int:
    return int(http.get("/health").raise_for_status().json()["requests"])


def test_after_an_interrupt_the_cell_goes_on_where_it_was(
    interrupted: Any, embed_notebook: Notebook
) -> None:
    done = int(interrupted.traceback[0].split()[1].replace(",", ""))
    embed_notebook.run("import mlx_jupyter; pool = mlx_jupyter.connect()")
    cell = embed_notebook.run("next(pool.embed_events(texts)).done")
    assert int(cell.outputs[0]["text/plain"]) >= done > 0


def test_a_mistake_is_one_line(embed_notebook: Notebook) -> None:
    cell = embed_notebook.run("%embed txets")
    assert (cell.status, cell.outputs, cell.traceback) == ("error", [], [])
    assert cell.stderr == "UsageError: There is no variable 'txets'. Did you mean texts?\n"
