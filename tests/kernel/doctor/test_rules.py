"""The pure rules: what facts mean."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from mlx_jupyter.kernel.doctor.connecting import connection_steps
from mlx_jupyter.kernel.doctor.discovering import discovery_steps
from mlx_jupyter.kernel.doctor.naming import model_steps
from mlx_jupyter.kernel.doctor.notebook import Surroundings, front_end, notebook_steps
from mlx_jupyter.kernel.doctor.probe import Probe
from mlx_jupyter.kernel.doctor.serving import server_steps
from mlx_jupyter.kernel.doctor.step import Mark, Step
from mlx_jupyter.kernel.endpoint import Endpoint
from mlx_jupyter.kernel.search import Attempt
from mlx_jupyter.wire.health import Health, WorkerHealth
from mlx_jupyter.wire.pool import MemoryStatus

HERE = Endpoint("http://127.0.0.1:1/mlx/v1", "k", "parent")
DEFAULTS = {"text": "org/chat", "vision": "org/see", "embedding": "org/embed"}
HEALTH = Health(True, "1.0", 1, "i", None, 0, [], defaults=DEFAULTS)
MEMORY = MemoryStatus(
    used_gb=1.0,
    total_gb=8.0,
    limit_gb=6.0,
    available_gb=5.0,
    reserved_gb=0.0,
    resident_gb=1.0,
    spare_gb=0.0,
    host_available_gb=4.0,
)


def health(**changes: Any) -> Health:
    return msgspec.structs.replace(HEALTH, **changes)


def found(steps: list[Step], part: str) -> Step:
    return next(step for step in steps if step.part == part)


def marks(steps: list[Step]) -> set[Mark]:
    return {step.mark for step in steps}


def test_ways_that_led_nowhere_are_no_fault_where_one_led_to_a_server() -> None:
    steps = discovery_steps([Attempt("environment", "x"), Attempt("parent", "y", HERE)], 0, 0)
    assert [step.mark for step in steps] == [Mark.NO, Mark.OK]
    assert steps[1].said == "Taken: y."


def test_a_way_that_ought_to_have_led_to_a_server_is_a_note() -> None:
    steps = discovery_steps([Attempt("parent", "x", todo="Install it.")], 0, 0)
    assert (steps[0].mark, steps[0].todo) == (Mark.NOTE, "Install it.")
    assert steps[-1].todo == "Install it."


@pytest.mark.parametrize(
    ("answering", "live", "words"),
    [(0, 0, "No Jupyter server"), (0, 1, "1 left a record"), (2, 2, "2 servers answer")],
)
def test_why_no_server_was_taken_is_said(answering: int, live: int, words: str) -> None:
    last = discovery_steps([Attempt("only", "x")], answering, live)[-1]
    assert last.mark is Mark.WRONG
    assert words in last.said
    assert last.todo


def test_a_connection_that_fails_is_one_wrong_step_with_what_to_do() -> None:
    steps = connection_steps(HERE, Probe("refused", "Nothing listens.", "Start it."), "1.0")
    assert steps == [Step("connection", Mark.WRONG, "Nothing listens.", "Start it.")]


def test_a_good_connection_has_nothing_to_note() -> None:
    probe = Probe("ok", "It answers.", seconds=0.01, health=HEALTH)
    assert marks(connection_steps(HERE, probe, "1.0")) == {Mark.OK}


@pytest.mark.parametrize(
    ("changes", "seconds", "version", "part"),
    [
        ({}, 1.0, "1.0", "connection"),
        ({}, 0.01, "0.9", "version"),
        ({"api_key": ""}, 0.01, "1.0", "key"),
        ({"base_url": "http://far:1/mlx/v1"}, 0.01, "1.0", "privacy"),
    ],
)
def test_what_is_odd_about_a_connection_is_noted(
    changes: dict[str, str], seconds: float, version: str, part: str
) -> None:
    probe = Probe("ok", "It answers.", seconds=seconds, health=HEALTH)
    step = found(connection_steps(replace(HERE, **changes), probe, version), part)
    assert step.mark is Mark.NOTE
    assert step.todo


def test_https_is_private_wherever_it_goes() -> None:
    far = replace(HERE, base_url="https://far:1/mlx/v1")
    probe = Probe("ok", "It answers.", seconds=0.01, health=HEALTH)
    assert found(connection_steps(far, probe, "1.0"), "privacy").mark is Mark.OK


def worker(**facts: Any) -> WorkerHealth:
    return WorkerHealth(**{"model": "a", "pid": 2, "alive": True} | facts)


@pytest.mark.parametrize(
    ("workers", "mark", "words"),
    [
        ([], Mark.OK, "No model's process"),
        ([worker(device="gpu")], Mark.OK, "GPU"),
        ([worker(device="cpu", blas="/lib/openblas.so")], Mark.OK, "/lib/openblas.so"),
        ([worker(device="cpu")], Mark.NOTE, "slower"),
    ],
)
def test_what_models_compute_on_is_said(
    workers: list[WorkerHealth], mark: Mark, words: str
) -> None:
    step = found(server_steps(health(workers=workers), None), "device")
    assert step.mark is mark
    assert words in step.said


def test_a_dead_process_is_wrong_and_named() -> None:
    dead = worker(alive=False, error="killed by signal 9")
    step = found(server_steps(health(workers=[dead]), MEMORY), "processes")
    assert step.mark is Mark.WRONG
    assert "a: killed by signal 9" in step.said


def test_a_machine_that_is_short_of_memory_is_noted() -> None:
    short = msgspec.structs.replace(MEMORY, pressure="critical")
    assert found(server_steps(HEALTH, MEMORY), "memory").mark is Mark.OK
    assert found(server_steps(HEALTH, short), "memory").mark is Mark.NOTE


def test_an_offline_server_is_noted_where_it_may_download() -> None:
    assert found(server_steps(health(offline=True), None), "downloads").mark is Mark.NOTE
    forbidden = health(offline=True, allow_downloads=False)
    assert found(server_steps(forbidden, None), "downloads").mark is Mark.OK


def test_defaults_that_are_there_are_well() -> None:
    assert marks(model_steps(HEALTH, set(DEFAULTS.values()))) == {Mark.OK}


def test_a_default_that_is_not_there_is_fetched_where_that_is_allowed() -> None:
    assert marks(model_steps(HEALTH, set())) == {Mark.OK}
    assert marks(model_steps(health(allow_downloads=False), set())) == {Mark.WRONG}


def test_a_toy_is_noted_with_how_to_name_a_real_model() -> None:
    toys = health(defaults={"text": "demo/chat"})
    step = found(model_steps(toys, {"demo/chat"}), "models")
    assert "--MLXJupyter.default_chat_model=" in step.todo
    assert marks(model_steps(toys, {"demo/chat"}, ["org/real"])) == {Mark.OK}


@pytest.mark.parametrize(
    ("environment", "names", "modules", "words"),
    [
        ({"JPY_SESSION_NAME": "a.ipynb"}, [], [], "JupyterLab or Notebook"),
        ({}, ["__vsc_ipynb_file__"], [], "VS Code"),
        ({"VSCODE_PID": "1"}, [], [], "VS Code"),
        ({"VSCODE_PID": "1", "JPY_SESSION_NAME": "a.ipynb"}, [], [], "JupyterLab or Notebook"),
        ({"JPY_SESSION_NAME": "a.ipynb"}, ["__vsc_ipynb_file__"], [], "VS Code"),
        ({}, [], ["google.colab"], "Colab"),
        ({}, [], [], "nbclient"),
    ],
)
def test_the_front_end_is_told_by_what_it_leaves(
    environment: dict[str, str], names: list[str], modules: list[str], words: str
) -> None:
    assert words in front_end(environment, names, modules, in_kernel=True)


def test_without_a_kernel_there_is_a_terminal_or_plain_python() -> None:
    assert front_end({}, [], [], in_kernel=False) == "IPython in a terminal"
    assert front_end({}, [], [], in_kernel=False, in_ipython=False) == "Python"


NOTEBOOK = Surroundings(True, "id", "1", True, True, "JupyterLab or Notebook")


def test_a_notebook_in_jupyterlab_has_nothing_to_note() -> None:
    assert marks(notebook_steps(NOTEBOOK)) == {Mark.OK}


def test_missing_widgets_are_noted() -> None:
    step = found(notebook_steps(replace(NOTEBOOK, has_widgets=False)), "widgets")
    assert (step.mark, step.todo) == (Mark.NOTE, "%pip install ipywidgets")


def test_a_server_that_appends_updates_is_named() -> None:
    steps = notebook_steps(replace(NOTEBOOK, updates_displays=False))
    assert "jupyter_server_documents" in found(steps, "output").said
    assert found(steps, "widgets").mark is Mark.NOTE
