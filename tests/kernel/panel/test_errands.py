from __future__ import annotations

import pytest

from mlx_jupyter.errors import RequestFailed
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.panel import errands
from mlx_jupyter.kernel.panel.feed import Feed
from tests.waiting import wait_for

CHAT, LLAMA, QWEN = "demo/chat", "llama", "qwen3"


def test_a_load_is_given_up_though_it_is_not_done(empty_pool: Pool) -> None:
    events = empty_pool.load_events(LLAMA)
    next(events)
    assert errands.give_up(empty_pool, LLAMA) == f"The load of {LLAMA} is given up."
    with pytest.raises(RequestFailed, match="unloaded while it was being loaded"):
        list(events)


def test_unpin_takes_every_pin_away(empty_pool: Pool) -> None:
    empty_pool.load(CHAT)
    assert errands.unpin(empty_pool, CHAT) == f"{CHAT} is not pinned any more."


def test_an_error_is_one_line_that_says_who_holds_the_memory(empty_pool: Pool) -> None:
    empty_pool.load(CHAT)
    empty_pool.load(LLAMA)
    with pytest.raises(RequestFailed) as raised:
        empty_pool.load(QWEN)
    said = errands.in_words(raised.value)
    assert "\n" not in said
    assert CHAT in said
    assert LLAMA in said


def test_what_follows_is_done_come_what_may(empty_pool: Pool) -> None:
    said: list[tuple[str, bool]] = []
    done: list[bool] = []
    sent = errands.Errands(Feed(empty_pool.endpoint), lambda *words: said.append(words))
    sent.send("Evict a", lambda pool: errands.evict(pool, LLAMA), lambda: done.append(True))
    wait_for(lambda: len(said) == 2)
    assert said[0] == ("Evict a …", False)
    assert said[1][0].startswith("Evict a: ")
    assert said[1][1]
    assert done == [True]
