"""What a notebook holds where every update of a display is a new output."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

TEXT = "MLX is an array framework."
SOURCES = [
    "%load_ext mlx_jupyter",
    "%%chat\nWhat is MLX?",
    "a = %chat wait",
    "print('before')\n%chat What is MLX?",
    "for question in ('One?', 'Two?'):\n    get_ipython().run_line_magic('chat', question)",
    "%chat fail at once",
    "_, a",
]


class Recording(NotebookClient):
    """Keeps the kinds of the messages that a page would get."""

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        self.kinds = [*getattr(self, "kinds", []), msg["msg_type"]]
        return super().process_message(msg, cell, cell_index)


@pytest.fixture
def executed(use_canned: Any, monkeypatch: pytest.MonkeyPatch) -> Recording:
    monkeypatch.setenv("MLX_JUPYTER_OUTPUTS", "append")
    document = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(it) for it in SOURCES])
    client = Recording(document, kernel_name="python3", timeout=30, allow_errors=True)
    client.execute()
    return client


def test_an_answer_is_one_output_and_no_other_is_lost(executed: Recording) -> None:
    shown = [
        [
            output.get("data", output).get("text/plain", output.get("text"))
            for output in cell.outputs
        ]
        for cell in executed.nb.cells
    ]
    assert shown[:5] == [[], [TEXT], [TEXT], ["before\n", TEXT], [TEXT, TEXT]]
    assert "update_display_data" not in executed.kinds
    assert "clear_output" in executed.kinds
    kinds = [output.output_type for output in executed.nb.cells[5].outputs]
    assert kinds == ["stream"], "the line that says what went wrong"
    assert executed.nb.cells[6].outputs[0].output_type == "execute_result"
