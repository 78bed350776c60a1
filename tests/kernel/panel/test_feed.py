"""The feed against a real server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

import mlx_jupyter
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.panel.feed import Feed, end_feeds, feed_of
from tests.jupyter_process import JupyterProcess, jupyter
from tests.kernel.panel.listening import Ear, panel_threads
from tests.waiting import wait_for

CHAT, LLAMA = "demo/chat", "llama"


@pytest.fixture
def feed(empty_pool: Pool) -> Iterator[Feed]:
    made = Feed(empty_pool.endpoint)
    yield made
    made.end("the test is over")
    wait_for(lambda: not panel_threads())


@pytest.fixture
def ear(feed: Feed) -> Ear:
    made = Ear()
    feed.attach(made)
    wait_for(lambda: made.heard)
    return made


def rows(ear: Ear) -> list[tuple[str, str]]:
    seen = ear.heard[-1].view
    return [(row.model, row.state) for row in seen.rows] if seen else []


def test_a_load_and_an_eviction_are_told(feed: Feed, ear: Ear, empty_pool: Pool) -> None:
    assert rows(ear) == []
    empty_pool.load(CHAT, pin=False)
    wait_for(lambda: rows(ear) == [(CHAT, "loaded")])
    empty_pool.evict(CHAT)
    wait_for(lambda: rows(ear) == [])
    seen = ear.heard[-1].view
    assert seen is not None
    assert f"{CHAT} was evicted: asked to" in seen.log[0]


@contextmanager
def answering(pool: Pool, model: str) -> Iterator[None]:
    """`model` answers, again and again, until the block ends. One answer may be over before the
    feed looks: what a use books is told once a second, and a feed looks each second after that."""
    over = threading.Event()

    def answer() -> None:
        with mlx_jupyter.connect(pool.endpoint.base_url, pool.endpoint.api_key) as own:
            while not over.is_set():
                own.complete("Hello", model=model, max_tokens=480)

    with ThreadPoolExecutor() as threads:
        answers = threads.submit(answer)
        try:
            yield
        finally:
            over.set()
            answers.result()


def test_an_answer_is_told_and_how_fast_it_comes(feed: Feed, ear: Ear, empty_pool: Pool) -> None:
    empty_pool.load(LLAMA)

    def facts() -> str:
        seen = ear.heard[-1].view
        return " ".join(seen.rows[0].facts) if seen and seen.rows else ""

    with answering(empty_pool, LLAMA):
        wait_for(lambda: "in use by 1 request" in facts())
        wait_for(lambda: "tokens/s" in facts())
    wait_for(lambda: "idle since" in facts())


def test_what_happened_before_is_in_the_log(feed: Feed, empty_pool: Pool) -> None:
    empty_pool.load(CHAT)
    empty_pool.evict(CHAT)
    late = Ear()
    feed.attach(late)
    wait_for(lambda: late.heard and late.heard[-1].view and late.heard[-1].view.log)


def test_however_often_it_looks_nothing_new_is_told(feed: Feed, ear: Ear) -> None:
    wait_for(lambda: ear.heard[-1].view and ear.heard[-1].view.log)  # of the tests before
    before = len(ear.heard)
    another = Ear()
    feed.attach(another)
    wait_for(lambda: another.heard)
    assert len(ear.heard) == before


def test_there_is_one_thread_however_many_listen(feed: Feed, ear: Ear) -> None:
    feed.attach(Ear())
    feed.attach(Ear())
    assert len(panel_threads()) == 1


def test_the_thread_ends_with_the_last_listener(feed: Feed, ear: Ear) -> None:
    feed.detach(ear)
    wait_for(lambda: not panel_threads())
    assert not feed.is_running
    feed.attach(ear)
    assert len(panel_threads()) == 1


def test_who_is_away_is_told_no_more(feed: Feed, ear: Ear) -> None:
    ear.away = True
    feed.nudge()
    wait_for(lambda: ear.reasons)
    assert ear.reasons[0].startswith("Paused")
    wait_for(lambda: not panel_threads())


def test_following_is_no_activity_of_the_server(
    small_pool: JupyterProcess, feed: Feed, ear: Ear
) -> None:
    headers = {"Authorization": f"token {small_pool.token}"}

    def last_activity() -> str:
        answer = httpx.get(f"{small_pool.origin}api/status", headers=headers)
        return str(answer.json()["last_activity"])

    before = last_activity()
    feed.detach(ear)
    wait_for(lambda: not feed.is_running)
    late = Ear()
    feed.attach(late)
    wait_for(lambda: late.heard)
    assert last_activity() == before


def test_panels_of_one_server_share_a_feed(empty_pool: Pool) -> None:
    assert feed_of(empty_pool.endpoint) is feed_of(empty_pool.endpoint)


def test_all_feeds_end_together(empty_pool: Pool) -> None:
    ear = Ear()
    feed_of(empty_pool.endpoint).attach(ear)
    end_feeds("It is over.")
    assert ear.reasons == ["It is over."]
    wait_for(lambda: not panel_threads())


def test_a_server_that_was_restarted_is_found_again(
    tmp_path: Path, checkpoints: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = [f"--MLXJupyter.model_dirs={json.dumps([str(checkpoints)])}"]
    arguments += ["--MLXJupyter.spare_workers=0"]
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "lab" / "runtime"))
    ear = Ear()
    with jupyter(tmp_path / "lab", arguments):
        feed = Feed(mlx_jupyter.connect().endpoint)
        first = feed.endpoint
        feed.attach(ear)
        wait_for(lambda: ear.heard)
    wait_for(lambda: ear.heard[-1].trouble)
    with jupyter(tmp_path / "lab", arguments) as server:
        wait_for(lambda: ear.heard[-1].view)
        assert feed.endpoint.api_key == server.key != first.api_key
        feed.end("the test is over")
        wait_for(lambda: not panel_threads())
