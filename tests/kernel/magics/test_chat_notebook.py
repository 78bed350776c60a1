"""What a notebook shows of `%%chat`, with a real kernel."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import nbformat
import pytest

from mlx_jupyter.wire.record import file_name
from tests.kernel_start import execute

TEXT = "MLX is an array framework."
EVENT_SECONDS = 10


def test_an_answer_is_one_output(notebook: Any) -> None:
    cell = notebook.run("%%chat\nWhat is MLX?")
    assert len(cell.outputs) == 1
    assert cell.outputs[0]["text/plain"] == TEXT


def test_a_saved_notebook_holds_one_output_per_answer(use_canned: Any) -> None:
    sources = ["%load_ext mlx_jupyter", "%%chat -o a\nWhat is MLX?", "%chat What is MLX?", "a"]
    document = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(it) for it in sources])
    execute(document, timeout=30)
    kinds = [[output.output_type for output in cell.outputs] for cell in document.cells]
    assert kinds == [[], ["display_data"], ["display_data"], ["execute_result"]]
    assert document.cells[3].outputs[0].data["text/markdown"].startswith(f"{TEXT}\n\n<small")


def test_the_answer_is_the_last_result(notebook: Any) -> None:
    notebook.run("%chat What is MLX?")
    assert (
        notebook.run("assert _.text == Out[2].text == 'MLX is an array framework.'").status == "ok"
    )


def test_an_answer_shown_again_later_is_rendered(notebook: Any) -> None:
    notebook.run("answer = %chat What is MLX?")
    assert notebook.run("answer").outputs[0]["text/markdown"].startswith(f"{TEXT}\n\n<small")


def test_the_figures_stand_below_the_answer_unless_it_is_quiet(notebook: Any) -> None:
    shown = notebook.run("%chat What is MLX?").outputs[0]["text/markdown"]
    assert "demo/chat · 6 tokens · " in shown
    quiet = notebook.run("%chat -q What is MLX?").outputs
    assert quiet == [{"text/markdown": TEXT, "text/plain": TEXT}]


def test_without_streaming_there_is_one_output_and_no_update(notebook: Any) -> None:
    cell = notebook.run("%chat --no-stream wait")
    assert (len(cell.outputs), cell.updates) == (1, 0)
    assert cell.outputs[0]["text/plain"] == TEXT


def test_what_is_waited_for_is_shown_in_the_same_output(notebook: Any) -> None:
    cell = notebook.run("%chat wait")
    assert len(cell.outputs) == 1
    assert cell.updates >= 2


def test_an_unknown_model_is_one_line_and_leaves_no_output(notebook: Any) -> None:
    cell = notebook.run("%%chat missing\nHello")
    assert (cell.status, cell.outputs) == ("error", [])
    assert cell.stderr == "UsageError: Model 'missing' is not here. Try: demo/chat.\n"


def test_an_error_before_any_text_clears_the_output(notebook: Any) -> None:
    cell = notebook.run("%chat fail at once")
    assert cell.outputs == [{"text/markdown": "", "text/plain": ""}]
    assert cell.stderr == "UsageError: The process of demo/chat ended.\n"


def test_an_error_in_mid_answer_keeps_the_text_and_says_so(notebook: Any) -> None:
    cell = notebook.run("%chat fail")
    assert cell.outputs[0]["text/plain"] == "MLX \n\n[cut off by an error]"


@pytest.fixture
def interrupted(notebook: Any) -> Any:
    return notebook.run("%%chat -o answer\nhold", interrupt_at="MLX ")


def test_an_interrupt_keeps_the_text_and_says_so(interrupted: Any) -> None:
    assert interrupted.outputs == [
        {"text/markdown": "MLX \n\n*— interrupted —*", "text/plain": "MLX \n\n[interrupted]"}
    ]


def test_an_interrupt_stops_the_server(interrupted: Any, use_canned: Any) -> None:
    assert use_canned.client_left.wait(EVENT_SECONDS)


def test_an_interrupt_fails_the_cell_with_one_line(interrupted: Any) -> None:
    assert interrupted.status == "error"
    assert interrupted.traceback == ["Interrupted: 4 characters are kept in _"]


def test_an_interrupted_answer_is_the_last_result_and_in_the_variable(
    interrupted: Any, notebook: Any
) -> None:
    checked = notebook.run("assert _ is answer and answer.partial and answer.text == 'MLX '")
    assert checked.status == "ok"


def test_an_interrupt_before_any_answer_is_marked_and_stops_the_server(
    notebook: Any, use_canned: Any
) -> None:
    def interrupt_when_asked() -> None:
        use_canned.holds.wait(EVENT_SECONDS)
        notebook.interrupt()

    with ThreadPoolExecutor() as threads:
        threads.submit(interrupt_when_asked)
        cell = notebook.run("%chat stall")
    assert (cell.status, cell.outputs[0]["text/plain"]) == ("error", "[interrupted]")
    assert use_canned.client_left.wait(EVENT_SECONDS)


def test_an_empty_cell_says_what_to_do(notebook: Any) -> None:
    assert "%chat" in notebook.run("%%chat").stderr


def test_a_kernel_finds_the_record_beside_its_connection_file(
    notebook: Any, use_canned: Any
) -> None:
    folder = Path(notebook.client.connection_file).parent
    record = folder / file_name(use_canned.pid)
    record.write_bytes(msgspec.json.encode(use_canned.record(root_dir="/nowhere")))
    notebook.run("import os, mlx_jupyter; del os.environ['MLX_JUPYTER_URL']")
    notebook.run("os.environ['JUPYTER_RUNTIME_DIR'] = '/none'")
    cell = notebook.run("mlx_jupyter.connect().endpoint.how")
    assert cell.outputs[0]["text/plain"] == "'parent'"
