"""`%embed` and `%%embed` in a plain shell, against a real server."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from IPython.core.error import UsageError

import mlx_jupyter
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.embedding.column import Column, column_of
from mlx_jupyter.kernel.embedding.embedded import EmbedProgress
from mlx_jupyter.kernel.live import StatusLine
from mlx_jupyter.kernel.magics.embedding import follow_embedding
from mlx_jupyter.kernel.magics.interrupt import Interrupted

TEXTS = ["a dog", "a cat", "the bank"]
MADE = "3 texts → float32 (3, 96)"


@pytest.fixture
def embedding(shell: Any, server: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A shell with three texts, as a list and in a frame."""
    monkeypatch.setenv("MLX_JUPYTER_URL", server.url)
    monkeypatch.setenv("MLX_JUPYTER_API_KEY", server.key)
    frame = pd.DataFrame({"text": TEXTS, "gaps": ["a", None, ""]}, index=[7, 8, 9])
    shell.user_ns |= {"texts": TEXTS, "df": frame, "x": 5}
    return shell


def test_the_result_is_an_array(embedding: Any) -> None:
    embedding.run_cell("other = %embed -o vectors texts", store_history=True)
    vectors = embedding.user_ns["vectors"]
    assert (type(vectors), vectors.shape, vectors.dtype) == (np.ndarray, (3, 96), np.float32)
    assert embedding.user_ns["other"] is vectors


def test_it_is_the_last_result(embedding: Any) -> None:
    embedding.run_cell("%embed texts", store_history=True)
    assert embedding.user_ns["_"].shape == (3, 96)
    assert embedding.user_ns["Out"][1] is embedding.user_ns["_"]


@pytest.mark.parametrize(
    "expression",
    [
        "texts",
        "df.text",
        "df['text']",
        "[t for t in texts]",
        "np.array(texts)",
        "(t for t in texts)",
    ],
)
def test_a_column_is_an_expression(embedding: Any, expression: str) -> None:
    embedding.user_ns["np"] = np
    assert embedding.run_line_magic("embed", expression).shape == (3, 96)


def test_an_earlier_output_is_an_expression_too(embedding: Any) -> None:
    embedding.run_cell("texts * 2", store_history=True)
    assert embedding.run_line_magic("embed", "Out[1]").shape == (6, 96)
    assert embedding.run_line_magic("embed", "_").shape == (6, 96)


def test_nothing_in_the_line_is_expanded(embedding: Any) -> None:
    embedding.run_cell("v = %embed ['{x} and $x']")
    embedding.run_cell("w = %embed ['5 and 5']")
    assert abs(embedding.user_ns["v"] - embedding.user_ns["w"]).max() > 0.01


def test_the_lines_of_a_cell_are_texts(embedding: Any) -> None:
    embedding.run_cell("%%embed -o vectors\na dog\n\n  a cat\nthe bank\n")
    expected = embedding.run_line_magic("embed", "texts")
    np.testing.assert_array_equal(embedding.user_ns["vectors"], expected)


def test_the_vectors_go_into_a_column(embedding: Any) -> None:
    vectors = embedding.run_line_magic("embed", "df.text --into df['my vector'] -o v")
    frame = embedding.user_ns["df"]
    assert frame.index.tolist() == [7, 8, 9]
    np.testing.assert_array_equal(np.stack(frame["my vector"].tolist()), vectors)
    assert embedding.user_ns["v"] is vectors


def test_the_options_are_heeded(embedding: Any) -> None:
    line = "texts -m demo/embed --dimensions 8 --type query --no-cache --truncate"
    assert embedding.run_line_magic("embed", line).shape == (3, 8)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%embed texts -o v", f"Out[1]: {MADE} in v · demo/embed"),
        ("%embed df.text --into df.vec", f"Out[1]: {MADE} in df.vec · demo/embed"),
        ("v = %embed texts", f"{MADE} · demo/embed"),
        ("%embed texts\nx", f"{MADE} · demo/embed"),
        ("%embed 'a dog'", "Out[1]: 1 text → float32 (1, 96) · demo/embed"),
        ("%%embed\na dog\na cat", "Out[1]: 2 texts → float32 (2, 96) · demo/embed"),
    ],
)
def test_a_terminal_shows_a_line_in_place_of_the_array(
    embedding: Any, capsys: pytest.CaptureFixture[str], cell: str, said: str
) -> None:
    embedding.run_cell(cell, store_history=True)
    out = capsys.readouterr().out
    assert out.startswith(said)
    assert out.count("→") == 1
    assert "array" not in out


def test_each_line_of_a_cell_is_told_of(embedding: Any, capsys: pytest.CaptureFixture[str]) -> None:
    embedding.run_cell("%embed texts\n%embed texts[1:]", store_history=True)
    assert capsys.readouterr().out.count("→") == 2


def test_an_array_that_the_user_wants_to_see_is_shown(
    embedding: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    embedding.run_cell("v = %embed texts\nv", store_history=True)
    assert "Out[1]: array([[" in capsys.readouterr().out.replace("\n", "")
    embedding.run_cell("%embed texts -o v", store_history=True)
    embedding.run_cell("v", store_history=True)
    assert "Out[3]: array([[" in capsys.readouterr().out.replace("\n", "")


def test_a_second_run_says_that_it_was_free(
    embedding: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    for line in ("texts[:2]", "texts", "texts"):
        embedding.run_cell(f"v = %embed {line}")
    _, second, third = capsys.readouterr().out.splitlines()
    assert "2 from the cache" in second
    assert "all from the cache" in third


def test_without_the_cache_nothing_is_kept(
    embedding: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        embedding.run_cell("v = %embed --no-cache texts")
    assert "cache" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "Name the texts: %embed EXPR"),
        ("df.gaps", "Row 8 is no text (None or NaN): drop such rows, or fill them."),
        ("df.gaps.fillna('')", "Rows 8 and 9 are empty: drop such rows, or fill them."),
        ("df", "df is a table: name one of its columns (text, gaps)."),
        ("df.index", "Rows 0, 1 and 2 are no text, but of type int."),
        ("x", "x is no column of texts: its type is int."),
        ("''", "The text is empty."),
        ("[]", "[] has no rows."),
        ("txets", "There is no variable 'txets'. Did you mean texts?"),
        ("df.txet", "df.txet failed: AttributeError: "),
        ("What is MLX?", "What is MLX? is no Python expression; a text goes in quotes."),
        ("texts --into df.vec.x", "df.vec failed: AttributeError: "),
        ("texts[1:] --into df.vec", "df has 3 rows, the texts have 2: "),
        ("texts -m demo/chat", "Model 'demo/chat' does not support embeddings"),
        ("texts -m demo/embd", "There is no model 'demo/embd' here. Did you mean demo/embed"),
        ("texts --type poem", "This model has no input_type 'poem'"),
        ("[*texts, 'dog ' * 300]", "Row 3 has 302 tokens; "),
        ("texts --cols 3", "Unknown option: --cols (what begins with a dash is an option; %embed?"),
    ],
)
def test_a_mistake_is_one_line(embedding: Any, line: str, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        embedding.run_line_magic("embed", line)
    assert str(raised.value).startswith(words)
    assert "\n" not in str(raised.value)
    assert "vec" not in embedding.user_ns["df"]


def test_a_line_that_is_too_long_is_called_by_its_number(embedding: Any) -> None:
    with pytest.raises(UsageError, match=r"^Line 3 has 302 tokens"):
        embedding.run_cell_magic("embed", "", f"a\n\n{'dog ' * 300}\nb")


def test_the_notebooks_model_for_vectors_is_used(embedding: Any) -> None:
    session = embedding.magics_manager.registry["ChatMagics"]._session
    session.embedding_model = "demo/none"
    with pytest.raises(UsageError, match="no model 'demo/none'"):
        embedding.run_line_magic("embed", "texts")
    assert embedding.run_line_magic("embed", "texts -m demo/embed").shape == (3, 96)


def test_the_notebooks_model_for_text_is_not(embedding: Any) -> None:
    embedding.run_line_magic("mlx", "use llama")
    assert embedding.run_line_magic("embed", "texts").shape == (3, 96)


def test_a_model_for_vectors_leaves_the_chat_its_own(embedding: Any) -> None:
    embedding.run_line_magic("mlx", "use llama")
    said = str(embedding.run_line_magic("mlx", "use demo/embed"))
    assert said.splitlines() == [
        "This notebook uses llama unless told otherwise (-m MODEL).",
        "%embed uses demo/embed unless told otherwise (-m MODEL).",
    ]
    assert embedding.run_line_magic("embed", "texts").shape == (3, 96)
    assert embedding.run_line_magic("chat", "--max-tokens 1 Hello").model == "llama"
    rows = str(embedding.run_line_magic("mlx", "models")).splitlines()
    used = {row.split()[0] for row in rows if "used here" in row}
    assert used == {"llama", "demo/embed"}
    assert "server's default" in str(embedding.run_line_magic("mlx", "use --reset"))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Impatient(StatusLine):
    """Presses ■ when it is shown that something is done."""

    def show(self, bundle: dict[str, str]) -> None:
        super().show(bundle)
        if " 0 of" not in bundle["text/plain"]:
            raise KeyboardInterrupt


@pytest.fixture
def pool(server: Any, runtime: Path) -> Iterator[Pool]:
    with mlx_jupyter.connect(server.url, server.key) as made:
        yield made


@pytest.fixture
def long_column(monkeypatch: pytest.MonkeyPatch) -> Column:
    """One that takes several slices, and is worth a bar on any machine."""
    monkeypatch.setattr("mlx_jupyter.kernel.magics.embedding._SHORT_SECONDS", 0.0)
    return column_of([f"the dog and cat number {at} {'and the moon' * 9}" for at in range(6000)])


def test_an_interrupt_tells_what_is_kept(pool: Pool, long_column: Column) -> None:
    with pytest.raises(Interrupted) as raised:
        follow_embedding(pool, long_column, {}, Impatient(Terminal()))
    words = str(raised.value)
    assert words.endswith(" of 6,000 texts are done and kept; run the cell again to go on")
    done = int(words.partition(" ")[0].replace(",", ""))
    first = next(iter(pool.embed_events(long_column)))
    assert isinstance(first, EmbedProgress)
    assert 0 < done == first.done


def test_an_interrupt_tells_that_nothing_is_kept(pool: Pool, long_column: Column) -> None:
    with pytest.raises(Interrupted, match=r"^\d+ of 6,000 texts are done, and not kept$"):
        follow_embedding(pool, long_column, {"cache": False}, Impatient(Terminal()))


def test_an_interrupt_gives_the_load_up(empty_pool: Pool, runtime: Path) -> None:
    with pytest.raises(Interrupted, match=r"^0 of 3 texts are done$"):
        follow_embedding(empty_pool, column_of(TEXTS), {}, Impatient(Terminal()))
    deadline = time.monotonic() + 20
    while (state := empty_pool.model("demo/embed").state) != "absent":
        assert state != "ready"
        assert time.monotonic() < deadline


def test_what_is_shown_meanwhile_is_erased(pool: Pool, long_column: Column) -> None:
    file = Terminal()
    follow_embedding(pool, column_of(long_column.rows[:200]), {}, StatusLine(file))
    *bars, last = file.getvalue().split("\r\x1b[K")[1:]
    assert len(bars) > 1
    assert all(line.startswith("embedding ") and " of 200 texts" in line for line in bars)
    assert last.endswith(" 200 of 200 texts")


def test_what_is_short_shows_no_bar(pool: Pool) -> None:
    pool.embed(TEXTS)
    file = Terminal()
    follow_embedding(pool, column_of([*TEXTS, "new"]), {}, StatusLine(file))
    assert file.getvalue() == ""
