"""`--each` and `-m a,b` in real kernels of a real server."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.kernel.magics.conftest import Notebook

ASKING = """
import sys, types
sys.path.insert(0, {root!r})
from mlx_jupyter.kernel.magics.mapping import ask_each
from mlx_jupyter.kernel.magics.side_by_side import ask_side_by_side
from tests.kernel.mapping.conftest import Asking, fill_simply
shell = get_ipython()
session = shell.magics_manager.registry["ChatMagics"]._session
options = {{"model": None, "temperature": 0.0, "max_tokens": 24}}
def each(expression, prompt="Hello {{{{it}}}}", **more):
    asked = Asking(prompt, options | more.pop("options", {{}}), each=expression, **more)
    return ask_each(shell, session, asked, [], fill_simply)
def beside(prompt, *models, **more):
    asked = Asking(prompt, options | more, models=models)
    return ask_side_by_side(shell, session, asked, [], fill_simply)
"""


@pytest.fixture
def mapping(own_kernel: Any, request: pytest.FixtureRequest) -> Notebook:
    made = Notebook(own_kernel, own_kernel.interrupt)
    cell = made.run(ASKING.format(root=str(request.config.rootpath)))
    assert cell.status == "ok", cell.traceback
    return made


def test_many_items_are_one_output(mapping: Notebook) -> None:
    cell = mapping.run("each('range(40)', 'Say {{str(it)}}')")
    (output,) = cell.outputs
    assert output["text/plain"].startswith("40 answers · demo/chat · ")
    assert "<table>" in output["text/html"]
    checks = "len(_), type(_).__name__, _ is Out[3], not any(a.partial for a in _)"
    assert mapping.run(checks).outputs[0]["text/plain"] == "(40, 'Answers', True, True)"


def test_answers_together_are_those_of_each_alone(mapping: Notebook) -> None:
    mapping.run('together = each(\'["a dog", "a cat", "the moon"]\').texts')
    mapping.run("import mlx_jupyter; pool = mlx_jupyter.connect()")
    code = "[pool.chat(f'Hello {x}', temperature=0.0, max_tokens=24).text == y"
    code += " for x, y in zip(['a dog', 'a cat', 'the moon'], together)]"
    assert mapping.run(code).outputs[0]["text/plain"] == "[True, True, True]"


LONG = "each('range(400)', 'Tell {{str(it)}}', options={'max_tokens': 200}, variable='v')"


def test_an_interrupt_keeps_what_is_done_and_the_cell_goes_on(
    mapping: Notebook, server: Any
) -> None:
    cell = mapping.run(LONG, interrupt_at="█")
    assert cell.status == "error"
    (line,) = cell.traceback
    assert line.startswith("Interrupted: ")
    assert line.endswith(" of 400 answers are kept in _; run the cell again to go on")
    assert cell.outputs == [{"text/plain": ""}]
    _wait_for_no_requests(server)
    done = int(line.split()[1])
    assert done > 0
    held = mapping.run("v.partial, len(v), v is _, sum(not a.partial for a in v)").outputs
    assert held[0]["text/plain"] == f"(True, 400, True, {done})"
    again = mapping.run(LONG.replace("range(400)", f"range({done})"))
    assert "from before" in again.outputs[0]["text/plain"]


def _wait_for_no_requests(server: Any) -> None:
    deadline = time.monotonic() + 10
    with server.http() as http:
        while http.get("/health").raise_for_status().json()["requests"]:
            assert time.monotonic() < deadline


def test_two_models_stand_side_by_side_in_one_output(mapping: Notebook) -> None:
    cell = mapping.run("beside('Hello', 'demo/chat', 'llama')")
    (output,) = cell.outputs
    assert output["text/plain"].startswith("── demo/chat ──\n")
    assert "\n── llama ──\n" in output["text/plain"]
    assert output["text/markdown"].count("<td") == 2
    shown = mapping.run("[a.model for a in _], _ is Out[3]").outputs
    assert shown[0]["text/plain"] == "(['demo/chat', 'llama'], True)"


def test_an_interrupt_stops_both(mapping: Notebook, server: Any) -> None:
    code = "beside('Hello', 'demo/chat', 'llama', max_tokens=400, logit_bias={'2': -100})"
    cell = mapping.run(code, interrupt_at="<td")
    assert cell.status == "error"
    assert len(cell.outputs) == 1
    assert "interrupted" in cell.outputs[0]["text/plain"]
    _wait_for_no_requests(server)
