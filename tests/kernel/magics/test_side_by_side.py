"""`-m a,b` in a plain shell, against a server with canned answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mlx_jupyter.errors import InvalidRequest, RequestFailed
from mlx_jupyter.kernel.magics.interrupt import Interrupted
from mlx_jupyter.kernel.magics.side_by_side import ask_side_by_side
from mlx_jupyter.kernel.mapping.column import Column
from mlx_jupyter.kernel.mapping.columns_output import TerminalColumns
from mlx_jupyter.kernel.mapping.side_by_side import SideBySide
from tests.kernel.conftest import PIECES, CannedServer
from tests.kernel.mapping.conftest import Asking, fill_simply

WHOLE = "".join(PIECES)


@pytest.fixture
def ask(shell: Any, use_canned: CannedServer) -> Callable[..., SideBySide]:
    session = shell.magics_manager.registry["ChatMagics"]._session

    def asked(prompt: str, *models: str, **more: Any) -> SideBySide:
        question = Asking(prompt, more.pop("options", {"model": None}), models=models, **more)
        return ask_side_by_side(shell, session, question, [], fill_simply)

    return asked


def test_each_model_answers_the_same_question(
    ask: Any, shell: Any, canned: CannedServer, capsys: Any
) -> None:
    shell.user_ns["x"] = 5
    answers = ask("What is {{x}}?", "a", "b", variable="v")
    assert [answer.text for answer in answers] == [WHOLE, WHOLE]
    assert [answer.model for answer in answers] == ["a", "b"]
    assert sorted(request.model for request in canned.requests) == ["a", "b"]
    assert {request.messages[-1].content for request in canned.requests} == {"What is 5?"}
    assert len({request.seed for request in canned.requests}) == 1
    assert shell.user_ns["v"] is answers
    printed = capsys.readouterr().out
    assert printed.startswith(f"── a ──\n{WHOLE}\n[6 tokens")
    assert f"── b ──\n{WHOLE}\n" in printed


def test_a_failure_stands_in_its_column(ask: Any, capsys: Any) -> None:
    answers = ask("Hello", "a", "missing")
    assert answers[0].text == WHOLE
    assert answers.failed == {1: "Model 'missing' is not here. Try: demo/chat."}
    assert "── missing ──\n⚠ Model 'missing' is not here" in capsys.readouterr().out


def test_if_all_fail_the_cell_does(ask: Any, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlx_jupyter.kernel.mapping.batch._RETRY_SECONDS", 0.01)
    with pytest.raises(RequestFailed, match="The process of demo/chat ended"):
        ask("fail at once", "a", "b")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("models", [("a",), ("a", "a"), tuple("abcde")])
def test_two_to_four_different_models_are_asked(
    ask: Any, canned: CannedServer, models: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidRequest, match="two to 4 different models"):
        ask("Hello", *models)
    assert canned.requests == []


def test_an_interrupt_stops_all_and_keeps_what_there_is(
    ask: Any, shell: Any, canned: CannedServer, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def press(self: TerminalColumns, columns: list[Column]) -> None:
        if all(column.answer.text for column in columns) and not columns[0].ended:
            raise KeyboardInterrupt
        shown(self, columns)

    shown = TerminalColumns.show
    monkeypatch.setattr(TerminalColumns, "show", press)
    with pytest.raises(Interrupted, match=r"^8 characters are kept in _$"):
        ask("hold", "a", "b", variable="v")
    assert canned.client_left.wait(1.0)
    kept = shell.user_ns["v"]
    assert kept is shell.user_ns["_"]
    assert (kept.partial, kept.texts) == (True, [PIECES[0]] * 2)
    assert "— interrupted —" in capsys.readouterr().out
