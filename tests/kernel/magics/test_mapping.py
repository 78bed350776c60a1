"""`--each` in a plain shell, against a server with canned answers."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from mlx_jupyter.errors import InvalidRequest, RequestFailed
from mlx_jupyter.kernel.live import StatusLine
from mlx_jupyter.kernel.magics.interrupt import Interrupted
from mlx_jupyter.kernel.magics.mapping import ask_each
from mlx_jupyter.kernel.mapping.answers import Answers
from tests.kernel.conftest import PIECES, CannedServer
from tests.kernel.mapping.conftest import Asking, fill_simply

WHOLE = "".join(PIECES)


@pytest.fixture
def session(shell: Any) -> Any:
    return shell.magics_manager.registry["ChatMagics"]._session


@pytest.fixture
def ask(shell: Any, session: Any, use_canned: CannedServer) -> Callable[..., Answers]:
    def asked(each: str, prompt: str = "{{it}}", **more: Any) -> Answers:
        question = Asking(prompt, {"model": None, **more.pop("options", {})}, each=each, **more)
        return ask_each(shell, session, question, [], fill_simply)

    return asked


def prompts(server: CannedServer) -> list[str]:
    return sorted(request.messages[-1].content for request in server.requests)


def test_each_item_has_its_answer(ask: Any, canned: CannedServer) -> None:
    answers = ask("[f'text {n}' for n in range(5)]", "Sum up: {{it}}")
    assert answers.texts == [WHOLE] * 5
    assert prompts(canned) == sorted(f"Sum up: text {n}" for n in range(5))
    assert (answers.partial, answers.failed, answers.resumed) == (False, {}, 0)


def test_all_have_one_seed_and_it_can_be_given(ask: Any, canned: CannedServer) -> None:
    drawn = ask("'ab'.upper().split() + ['c']")
    assert len({request.seed for request in canned.requests}) == 1
    assert {answer.seed for answer in drawn} == {canned.requests[0].seed}
    given = ask("['d']", options={"seed": 7})
    assert given[0].seed == canned.requests[-1].seed == 7


def test_options_go_with_each(ask: Any, session: Any, canned: CannedServer) -> None:
    session.model = "demo/chat"
    ask("['a']", options={"system": "Be brief.", "max_tokens": 5, "stop": None})
    (request,) = canned.requests
    assert [message.role for message in request.messages] == ["system", "user"]
    assert (request.model, request.max_tokens) == ("demo/chat", 5)


def test_equal_questions_are_asked_once(ask: Any, canned: CannedServer) -> None:
    answers = ask("['a', 'b', 'a']")
    assert prompts(canned) == ["a", "b"]
    assert answers[0] is answers[2]


def test_what_was_asked_before_is_not_asked_again(ask: Any, canned: CannedServer) -> None:
    first = ask("['a', 'b']")
    again = ask("['a', 'b', 'c']")
    assert prompts(canned) == ["a", "b", "c"]
    assert (again.resumed, again[0], again[2].seed) == (2, first[0], first[0].seed)


@pytest.mark.parametrize(
    "other", [{"options": {"max_tokens": 5}}, {"options": {"seed": 1}}, {"new": True}]
)
def test_other_options_and_new_ask_anew(ask: Any, canned: CannedServer, other: Any) -> None:
    ask("['a']")
    assert ask("['a']", **other).resumed == 0
    assert len(canned.requests) == 2


def test_a_mistake_costs_nothing(ask: Any, canned: CannedServer) -> None:
    with pytest.raises(InvalidRequest, match=r"Item 1: 1 / it failed"):
        ask("[1, 0]", "{{1 / it}}")
    with pytest.raises(InvalidRequest, match="no variable 'missing'"):
        ask("missing")
    with pytest.raises(InvalidRequest, match="no schema"):
        ask("[1]", schema="5")
    with pytest.raises(InvalidRequest, match="asks one model"):
        ask("[1]", models=("a", "b"))
    assert canned.requests == []


def test_one_that_fails_leaves_the_others(ask: Any, shell: Any, canned: CannedServer) -> None:
    answers = ask("{'x': 'a', 'y': 'vanish', 'z': 'c'}", variable="v")
    assert list(answers.failed) == [1]
    assert "without a reason" in answers.failed[1]
    assert answers[1].text == PIECES[0]
    assert shell.user_ns["v"] is answers
    ask("{'x': 'a', 'y': 'vanish', 'z': 'c'}")
    assert prompts(canned) == ["a", "c", "vanish", "vanish"]


def test_a_worker_that_died_is_tried_once_more(
    ask: Any, canned: CannedServer, monkeypatch: Any
) -> None:
    monkeypatch.setattr("mlx_jupyter.kernel.mapping.batch._RETRY_SECONDS", 0.01)
    assert list(ask("['a', 'fail']").failed) == [1]
    assert prompts(canned) == ["a", "fail", "fail"]


def test_a_model_that_is_not_there_ends_it_at_once(ask: Any, canned: CannedServer) -> None:
    with pytest.raises(RequestFailed, match="Model 'missing' is not here"):
        ask("range(5)", "{{str(it)}}", options={"model": "missing"})


def test_what_fails_alike_for_all_ends_the_cell(ask: Any, canned: CannedServer) -> None:
    with pytest.raises(RequestFailed, match="without a reason"):
        ask("['vanish', 'vanish']")


class Impatient(StatusLine):
    """Presses ■ when all but what is held has ended."""

    def show(self, bundle: dict[str, str]) -> None:
        if " 3 of 4" in bundle["text/plain"]:
            raise KeyboardInterrupt


@pytest.fixture
def stopped(ask: Any, shell: Any, monkeypatch: pytest.MonkeyPatch) -> Interrupted:
    made = Impatient(sys.stdout)
    monkeypatch.setattr("mlx_jupyter.kernel.magics.mapping.live_for", lambda shell: made)
    with pytest.raises(Interrupted) as raised:
        ask("['a', 'hold', 'b', 'c']", variable="v")
    return raised.value


def test_an_interrupt_keeps_what_is_done(stopped: Interrupted, shell: Any) -> None:
    assert str(stopped) == "3 of 4 answers are kept in _; run the cell again to go on"
    kept = shell.user_ns["v"]
    assert kept is shell.user_ns["_"]
    assert kept.partial
    assert [answer.partial for answer in kept] == [False, True, False, False]
    assert kept[1].text == PIECES[0]
    assert kept[1].mark == "interrupted"
    assert "[interrupted]" in repr(kept)


def test_an_interrupt_stops_the_server(stopped: Interrupted, canned: CannedServer) -> None:
    assert canned.client_left.wait(1.0)


def test_after_an_interrupt_the_cell_goes_on(
    stopped: Interrupted, ask: Any, canned: CannedServer
) -> None:
    canned.requests.clear()
    assert ask("['a', 'b', 'c', 'd']").resumed == 3
    assert prompts(canned) == ["d"]


def test_an_interrupt_before_the_first_token_stops_too(
    ask: Any, canned: CannedServer, monkeypatch: pytest.MonkeyPatch, shell: Any
) -> None:
    class Pressed(StatusLine):
        def show(self, bundle: dict[str, str]) -> None:
            if canned.holds.is_set():
                raise KeyboardInterrupt

    made = Pressed(sys.stdout)
    monkeypatch.setattr("mlx_jupyter.kernel.magics.mapping.live_for", lambda shell: made)
    began = time.perf_counter()
    with pytest.raises(Interrupted, match="no answer was complete"):
        ask("['stall']")
    assert canned.client_left.wait(1.0)
    assert time.perf_counter() - began < 2
    assert "_" not in shell.user_ns or not isinstance(shell.user_ns["_"], Answers)


def test_a_text_that_is_no_such_value_is_a_failure_and_stays(
    ask: Any, shell: Any, canned: CannedServer
) -> None:
    answers = ask("['a']", schema="list[int]", variable="v")
    assert canned.requests[0].response_format is not None
    assert answers.failed[0].startswith("The answer is no list_int")
    assert (answers.texts, answers.values, shell.user_ns["v"]) == ([WHOLE], [None], [None])


def test_rows_align_with_their_frame(ask: Any, shell: Any) -> None:
    frame = pd.DataFrame({"text": ["a", "b"]}, index=[5, 3])
    shell.user_ns["df"] = frame
    frame["sum"] = ask("df", "Sum up {{text}}").series()
    assert frame["sum"].tolist() == [WHOLE] * 2
