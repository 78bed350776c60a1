"""The magics against a real Jupyter server: its own kernels, a real model, a real generation."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import nbformat
import pytest

import mlx_jupyter
from mlx_jupyter.kernel.client import Pool
from tests.kernel_start import execute

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"


def run(client: Any, code: str, *, interrupt: bool = False) -> tuple[str, list[dict[str, Any]]]:
    """The reply's status, and the data of all outputs and updates, in their order. With `interrupt`
    the kernel is interrupted at the first update: the first text of an answer."""
    shown: list[dict[str, Any]] = []
    interrupts = [client.interrupt] if interrupt else []

    def on_output(message: dict[str, Any]) -> None:
        if data := message["content"].get("data"):
            shown.append(data)
        if message["msg_type"] == "update_display_data" and interrupts:
            interrupts.pop()()

    reply = client.execute_interactive(code, output_hook=on_output, timeout=60)
    return reply["content"]["status"], shown


def test_a_kernel_finds_the_server_that_started_it(own_kernel: Any, server: Any) -> None:
    status, shown = run(own_kernel, "import mlx_jupyter; mlx_jupyter.connect().endpoint")
    assert status == "ok"
    assert f"base_url='{server.url}', how='parent'" in str(shown)


def test_a_kernel_of_the_server_gets_an_answer(own_kernel: Any) -> None:
    run(own_kernel, "%load_ext mlx_jupyter")
    status, shown = run(own_kernel, "%chat -t 0 What is MLX?")
    assert status == "ok"
    assert "array framework" in str(shown)


def test_a_process_without_a_parent_finds_the_only_server(
    server: Any, monkeypatch: pytest.MonkeyPatch, runtime: Path, tmp_path: Path
) -> None:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(server.runtime_dir))
    monkeypatch.chdir(tmp_path)
    with mlx_jupyter.connect() as pool:
        assert (pool.endpoint.how, pool.health().pid) == ("only", server.pid)


def test_a_process_below_the_servers_root_finds_it(
    server: Any, monkeypatch: pytest.MonkeyPatch, runtime: Path
) -> None:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(server.runtime_dir))
    monkeypatch.chdir(server.root_dir)
    with mlx_jupyter.connect() as pool:
        assert pool.endpoint.how == "folder"


def test_the_same_seed_gives_the_same_answer(server: Any) -> None:
    with mlx_jupyter.connect(server.url, server.key) as pool:
        first = pool.complete("Hello", model="llama", max_tokens=12)
        again = pool.complete("Hello", model="llama", max_tokens=12, seed=first.seed)
    assert again.text == first.text


def test_an_interrupt_in_mid_answer_keeps_the_text_and_marks_it(own_kernel: Any) -> None:
    run(own_kernel, "%load_ext mlx_jupyter")
    code = "%chat -m llama -t 0 --max-tokens 450 -o answer Hello"
    run(own_kernel, code.replace("450", "1"))
    status, shown = run(own_kernel, code, interrupt=True)
    assert status == "error"
    assert shown[-1]["text/plain"].endswith("[interrupted]")
    assert len(shown[-1]["text/plain"]) > len("\n\n[interrupted]")


def test_an_interrupt_frees_the_model_within_a_tenth_of_a_second(
    own_kernel: Any, server: Any
) -> None:
    run(own_kernel, "%load_ext mlx_jupyter")
    run(own_kernel, "%chat -m llama -t 0 --max-tokens 1 Hello")
    with mlx_jupyter.connect(server.url, server.key) as pool:
        assert min(seconds_until_free(own_kernel, pool) for _ in range(3)) < 0.1


def seconds_until_free(client: Any, pool: Pool) -> float:
    """From the interrupt in mid-answer until the server says that nobody uses the model."""
    spent: list[float] = []

    def on_output(message: dict[str, Any]) -> None:
        if message["msg_type"] == "update_display_data" and not spent:
            client.interrupt()
            began = time.perf_counter()
            while pool.status().models["llama"].in_use:
                pass
            spent.append(time.perf_counter() - began)

    code = "%chat --new -m llama -t 0 --max-tokens 450 Hello"
    client.execute_interactive(code, output_hook=on_output, timeout=60)
    return spent[0]


def test_running_all_again_with_a_seed_gives_the_same_text(own_kernel: Any) -> None:
    run(own_kernel, "%load_ext mlx_jupyter")
    cells = [f"%chat -m llama --seed 7 -t 1 --max-tokens 9 {word}" for word in ("Hi", "And?")]
    first, again = ([run(own_kernel, cell)[1][-1] for cell in cells] for _ in range(2))
    assert [it["text/plain"] for it in again] == [it["text/plain"] for it in first]


def test_what_does_not_fit_into_a_real_context_is_left_out(own_kernel: Any) -> None:
    run(own_kernel, "%load_ext mlx_jupyter")
    long = "What is MLX? " * 300
    for number in range(2):
        code = f"%chat -t 0 --max-tokens 9 -o answer {number} {long}"
        assert run(own_kernel, code)[0] == "ok"
    _, shown = run(own_kernel, "answer.warnings, answer.usage.prompt_tokens < 2048")
    assert "did not fit into the context" in shown[0]["text/plain"]
    assert shown[0]["text/plain"].endswith("True)")


@pytest.mark.parametrize("name", ["01-start", "02-see", "03-embed-and-search", "04-pool"])
def test_a_tutorial_runs_from_top_to_bottom(name: str, own_kernel: Any, server: Any) -> None:
    document = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    raising = [cell for cell in document.cells if "raises-exception" in tags(cell)]
    for cell in document.cells:
        if cell.cell_type == "code":
            status, _ = run(own_kernel, cell.source)
            assert status == ("error" if cell in raising else "ok"), cell.source


def tags(cell: Any) -> list[str]:
    return list(cell.metadata.get("tags", []))


def test_an_answer_of_the_tutorial_is_one_output(
    server: Any, monkeypatch: pytest.MonkeyPatch, runtime: Path
) -> None:
    monkeypatch.setenv("MLX_JUPYTER_URL", server.url)
    monkeypatch.setenv("MLX_JUPYTER_API_KEY", server.key)
    document = nbformat.read(NOTEBOOKS / "01-start.ipynb", as_version=4)
    execute(document, timeout=60)
    chats = [cell for cell in document.cells if cell.source.startswith("%%chat")]
    assert chats
    assert all(len(cell.outputs) == 1 for cell in chats)


@pytest.mark.parametrize("file", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda file: file.stem)
def test_a_tutorial_is_stored_without_outputs(file: Path) -> None:
    document = nbformat.read(file, as_version=4)
    code = [cell for cell in document.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert document.metadata.kernelspec.name == "python3"
