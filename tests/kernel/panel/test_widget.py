"""The panel without a frontend, against a real server: what a click does there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import mlx_jupyter
from mlx_jupyter.errors import RequestFailed
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.panel.attention import PATIENCE_SECONDS
from mlx_jupyter.kernel.panel.widget import MemoryPanel
from tests.kernel.panel.listening import panel_threads
from tests.waiting import wait_for

CHAT, EMBED, LLAMA, QWEN = "demo/chat", "demo/embed", "llama", "qwen3"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def panel(empty_pool: Pool) -> Iterator[MemoryPanel]:
    made = MemoryPanel(empty_pool)
    yield made
    made.close()
    wait_for(lambda: not panel_threads())


def line(panel: MemoryPanel, model: str) -> Any:
    wait_for(lambda: model in panel.grid._lines)
    return panel.grid._lines[model]


def button(panel: MemoryPanel, verb: str, model: str) -> Any:
    found = line(panel, model).buttons[verb]
    wait_for(lambda: found.layout.display is None and found.description == f"{verb} {model}")
    return found


def pick(panel: MemoryPanel, model: str) -> str:
    panel.picker.models.put(model)
    wait_for(lambda: panel.picker.words.value)
    return str(panel.picker.words.value)


def test_it_is_what_the_package_offers() -> None:
    assert mlx_jupyter.MemoryPanel is MemoryPanel


def test_a_model_is_loaded_by_a_click(panel: MemoryPanel, empty_pool: Pool) -> None:
    assert "fits (needs " in pick(panel, CHAT)
    assert panel.picker.button.description == f"Load {CHAT}"
    panel.picker.button.click()
    wait_for(lambda: f"{CHAT} is loaded (" in panel._note.value)
    assert empty_pool.status().models[CHAT].status == "running"
    assert not empty_pool.status().models[CHAT].pinned
    wait_for(lambda: not [one for one in panel.picker.models.box.options if CHAT in one])
    assert panel.picker.models.model == "", "the field is free for the next"


def test_a_suggestion_stands_for_its_model(panel: MemoryPanel) -> None:
    label = next(one for one in panel.picker.models.box.options if one.startswith(f"{CHAT} · "))
    pick(panel, label)
    assert panel.picker.models.model == CHAT
    assert panel.picker.button.description == f"Load {CHAT}"


def test_an_id_that_is_not_here_is_planned_at_enter(panel: MemoryPanel) -> None:
    panel.picker.models.put("demo/chatt")
    assert panel.picker.button.disabled
    panel.picker.models.box._handle_custom_msg({"event": "submit"}, [])
    wait_for(lambda: "There is no model" in panel.picker.words.value)


def test_before_the_click_it_says_who_would_leave(panel: MemoryPanel, empty_pool: Pool) -> None:
    empty_pool.load(CHAT, pin=False)
    empty_pool.load(LLAMA, pin=False)
    line(panel, LLAMA)
    assert f"would evict {CHAT}" in pick(panel, QWEN)


def test_what_does_not_fit_is_said_before_and_after_the_click(
    panel: MemoryPanel, empty_pool: Pool
) -> None:
    empty_pool.load(CHAT)
    empty_pool.load(LLAMA)
    line(panel, LLAMA)
    assert "does not fit: " in pick(panel, QWEN)
    panel.picker.button.click()
    wait_for(lambda: "Insufficient memory" in panel._note.value)
    assert "Load qwen3: " in panel._note.value
    assert CHAT in panel._note.value, "it says who holds the memory"
    wait_for(lambda: not panel.picker.button.disabled)


def test_a_pin_and_its_end_by_one_button(panel: MemoryPanel, empty_pool: Pool) -> None:
    empty_pool.load(CHAT, pin=False)
    pin = button(panel, "Pin", CHAT)
    assert pin.description == f"Pin {CHAT}"
    pin.click()
    wait_for(lambda: pin.description == f"Unpin {CHAT}" and not pin.disabled)
    assert empty_pool.status().models[CHAT].pinned
    pin.click()
    wait_for(lambda: pin.description == f"Pin {CHAT}" and not pin.disabled)
    assert not empty_pool.status().models[CHAT].pinned


def test_a_model_is_evicted_by_a_click(panel: MemoryPanel, empty_pool: Pool) -> None:
    empty_pool.load(CHAT)
    evict = button(panel, "Evict", CHAT)
    evict.click()
    assert evict.disabled, "until it is done"
    wait_for(lambda: f"{CHAT} is evicted (" in panel._note.value)
    assert empty_pool.status().models[CHAT].status == "unloaded"
    wait_for(lambda: f"{CHAT} was evicted: asked to" in panel._log.value)


def test_a_model_that_has_gone_meanwhile_is_said_in_the_panel(
    panel: MemoryPanel, empty_pool: Pool
) -> None:
    empty_pool.load(CHAT)
    evict = button(panel, "Evict", CHAT)
    panel.pause()
    empty_pool.evict(CHAT)
    evict.click()
    wait_for(lambda: f"Evict {CHAT}: " in panel._note.value and "not loaded" in panel._note.value)


def test_a_question_is_answered_in_the_panel(panel: MemoryPanel, empty_pool: Pool) -> None:
    empty_pool.load(CHAT)
    button(panel, "Query", CHAT).click()
    assert panel.question.models.model == CHAT
    panel.question.text.value = "What is MLX?"
    panel.question.ask_button.click()
    assert panel.question.ask_button.disabled
    wait_for(lambda: " tokens" in panel.question.answer.value)
    wait_for(lambda: not panel.question.ask_button.disabled)


def test_enter_asks_too(panel: MemoryPanel) -> None:
    panel.question.models.put(CHAT)
    panel.question.text.value = "What is MLX?"
    panel.question.text._handle_custom_msg({"event": "submit"}, [])
    wait_for(lambda: " tokens" in panel.question.answer.value)


def test_stop_frees_the_model(panel: MemoryPanel, empty_pool: Pool) -> None:
    empty_pool.load(LLAMA)
    line(panel, LLAMA)
    panel.question.models.put(LLAMA)
    panel.question.text.value = "Say something long."
    panel.question.ask_button.click()
    wait_for(lambda: empty_pool.status().models[LLAMA].in_use)
    panel.question.stop_button.click()
    wait_for(lambda: not empty_pool.status().models[LLAMA].in_use)
    wait_for(lambda: panel.question.stop_button.disabled)


def test_what_cannot_be_asked_is_said(panel: MemoryPanel) -> None:
    panel.question.ask_button.click()
    assert "write a question first" in panel.question.answer.value


def test_two_panels_show_the_same_by_one_thread(panel: MemoryPanel, empty_pool: Pool) -> None:
    second = MemoryPanel(empty_pool)
    assert len(panel_threads()) == 1
    pick(panel, CHAT)
    panel.picker.button.click()
    assert line(second, CHAT) is not line(panel, CHAT)
    wait_for(lambda: second._bar.value == panel._bar.value)
    second.close()
    assert len(panel_threads()) == 1


def test_without_touch_it_pauses_and_a_click_resumes_it(empty_pool: Pool) -> None:
    now = [0.0]
    panel = MemoryPanel(empty_pool, clock=lambda: now[0])
    now[0] += PATIENCE_SECONDS
    panel._feed.nudge()  # type: ignore[union-attr]
    wait_for(lambda: panel.pause_button.description == "Resume")
    assert "Press Resume" in panel._head.value
    wait_for(lambda: not panel_threads())
    empty_pool.load(CHAT)
    panel.pause_button.click()
    wait_for(lambda: "Live; " in panel._head.value and CHAT in panel.grid._lines)
    panel.close()


def test_it_pauses_when_its_last_view_is_gone_and_resumes_with_a_new_one(
    panel: MemoryPanel,
) -> None:
    panel._view_count = 1
    panel._view_count = 0
    panel._feed.nudge()  # type: ignore[union-attr]
    wait_for(lambda: panel.pause_button.description == "Resume")
    panel._view_count = 1
    assert panel.pause_button.description == "Pause"


def test_a_closed_panel_leaves_no_widget_and_no_thread(empty_pool: Pool) -> None:
    panel = MemoryPanel(empty_pool)
    stop = panel.question.stop_button
    panel.close()
    wait_for(lambda: not panel_threads())
    assert panel.comm is panel.layout.comm is None
    assert stop.comm is stop.style.comm is None


def test_in_a_saved_notebook_it_is_a_table(panel: MemoryPanel) -> None:
    bundle = panel._repr_mimebundle_()
    assert set(bundle) == {WIDGET_VIEW, "text/html", "text/plain"}
    assert ">MLX memory as of " in bundle["text/html"]
    panel.close()
    assert set(panel._repr_mimebundle_()) == {"text/html", "text/plain"}


def test_a_panel_that_cannot_be_made_says_why(empty_pool: Pool) -> None:
    wrong = mlx_jupyter.connect(empty_pool.endpoint.base_url, "wrong")
    with pytest.raises(RequestFailed, match="Missing or wrong API key"):
        MemoryPanel(wrong)
