from __future__ import annotations

import threading
from typing import Any

import pytest

from mlx_jupyter.kernel.discovery import find
from mlx_jupyter.kernel.endpoint import of_url
from mlx_jupyter.kernel.magics.completion import roster as module
from mlx_jupyter.kernel.magics.completion.roster import Roster


def roster_of(server: Any) -> Roster:
    return Roster(lambda: of_url(server.url, server.key, "explicit"))


def let_it_age(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FRESH_SECONDS", 0.0)


def settle(roster: Roster) -> None:
    """Until the request that is under way is answered."""
    assert roster._thread is not None
    roster._thread.join()


def test_the_first_answer_is_waited_for(canned: Any) -> None:
    assert list(roster_of(canned).models()) == ["demo/chat"]


def test_what_is_fresh_is_not_asked_for_again(canned: Any) -> None:
    roster = roster_of(canned)
    for _ in range(3):
        roster.models()
    assert canned.status_requests == 1


def test_what_is_old_is_given_at_once_and_asked_for_anew(
    canned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_it_age(monkeypatch)
    roster = roster_of(canned)
    roster.models()
    settle(roster)
    canned.models = {**canned.models, "new/one": canned.models["demo/chat"]}
    assert list(roster.models()) == ["demo/chat"]
    settle(roster)
    assert list(roster.models()) == ["demo/chat", "new/one"]


def test_what_was_known_stays_while_the_server_is_away(
    canned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_it_age(monkeypatch)
    roster = roster_of(canned)
    roster.models()
    settle(roster)
    canned.key = "another"
    roster.models()
    settle(roster)
    assert list(roster.models()) == ["demo/chat"]


@pytest.mark.usefixtures("runtime")
def test_without_a_server_there_are_none_and_no_word() -> None:
    roster = Roster(find)
    assert roster.models() == {}
    settle(roster)


def test_closed_it_asks_no_more_and_leaves_no_thread(
    canned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_it_age(monkeypatch)
    roster = roster_of(canned)
    roster.models()
    roster.close()
    roster.models()
    assert canned.status_requests == 1
    assert roster._thread not in threading.enumerate()
